// libcurl, loaded with the first request instead of with the process.
//
// It brings 25 libraries along, and to load and relocate them takes as long as all else that `iqctl status` does. In a
// program that has FoundationNetworking linked statically (`Scripts/release`), these functions stand in for libcurl's:
// each is found in libcurl.so.4 when it is first called, so that to build needs no libcurl at all. They are what the
// FoundationNetworking of Swift 6.3 calls; if the linker misses another one, it belongs here. Where FoundationNetworking is
// a library of its own nobody calls these, and nobody sees them.
#ifdef __linux__
#include "CCurlOnDemand.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

static void *loaded(_Atomic(void *) *place, const char *name) {
    void *function = atomic_load_explicit(place, memory_order_acquire);
    if (function) return function;
    // Loading the same library again only counts; who comes second finds the same function.
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (library) function = dlsym(library, name);
    if (!function) {
        fprintf(stderr, "iqctl: HTTP needs libcurl: %s\n", dlerror());
        abort();
    }
    atomic_store_explicit(place, function, memory_order_release);
    return function;
}

#define LOADED(result, name, ...)                                                                                      \
    ({                                                                                                                 \
        static _Atomic(void *) place;                                                                                  \
        (result(*)(__VA_ARGS__)) loaded(&place, #name);                                                                \
    })

// With libcurl's types, but that handles are opaque and enumerations are the integers that they are.
#define HIDDEN __attribute__((visibility("hidden")))

HIDDEN int curl_global_init(long flags) { return LOADED(int, curl_global_init, long)(flags); }
HIDDEN char *curl_version(void) { return LOADED(char *, curl_version, void)(); }
HIDDEN void *curl_version_info(int age) { return LOADED(void *, curl_version_info, int)(age); }
HIDDEN void curl_free(void *pointer) { LOADED(void, curl_free, void *)(pointer); }

HIDDEN void *curl_easy_init(void) { return LOADED(void *, curl_easy_init, void)(); }
HIDDEN void curl_easy_cleanup(void *easy) { LOADED(void, curl_easy_cleanup, void *)(easy); }
HIDDEN int curl_easy_pause(void *easy, int mask) { return LOADED(int, curl_easy_pause, void *, int)(easy, mask); }
HIDDEN const char *curl_easy_strerror(int code) { return LOADED(const char *, curl_easy_strerror, int)(code); }

HIDDEN void *curl_multi_init(void) { return LOADED(void *, curl_multi_init, void)(); }
HIDDEN int curl_multi_cleanup(void *multi) { return LOADED(int, curl_multi_cleanup, void *)(multi); }
HIDDEN int curl_multi_add_handle(void *multi, void *easy) {
    return LOADED(int, curl_multi_add_handle, void *, void *)(multi, easy);
}
HIDDEN int curl_multi_remove_handle(void *multi, void *easy) {
    return LOADED(int, curl_multi_remove_handle, void *, void *)(multi, easy);
}
HIDDEN int curl_multi_assign(void *multi, int socket, void *pointer) {
    return LOADED(int, curl_multi_assign, void *, int, void *)(multi, socket, pointer);
}
HIDDEN void *curl_multi_info_read(void *multi, int *count) {
    return LOADED(void *, curl_multi_info_read, void *, int *)(multi, count);
}
HIDDEN int curl_multi_socket_action(void *multi, int socket, int events, int *running) {
    return LOADED(int, curl_multi_socket_action, void *, int, int, int *)(multi, socket, events, running);
}

HIDDEN void *curl_slist_append(void *list, const char *text) {
    return LOADED(void *, curl_slist_append, void *, const char *)(list, text);
}
HIDDEN void curl_slist_free_all(void *list) { LOADED(void, curl_slist_free_all, void *)(list); }

HIDDEN void *curl_url(void) { return LOADED(void *, curl_url, void)(); }
HIDDEN int curl_url_get(void *url, int part, char **text, unsigned int flags) {
    return LOADED(int, curl_url_get, void *, int, char **, unsigned int)(url, part, text, flags);
}
HIDDEN int curl_url_set(void *url, int part, const char *text, unsigned int flags) {
    return LOADED(int, curl_url_set, void *, int, const char *, unsigned int)(url, part, text, flags);
}

// Always one argument more: a long, a curl_off_t or a pointer, which 64-bit Linux hands over alike.
_Static_assert(sizeof(long) == sizeof(void *), "an argument of curl_easy_setopt is as wide as a pointer");
#define FORWARD_OPTION(name)                                                                                           \
    HIDDEN int name(void *handle, int option, ...) {                                                                   \
        va_list arguments;                                                                                             \
        va_start(arguments, option);                                                                                   \
        void *argument = va_arg(arguments, void *);                                                                    \
        va_end(arguments);                                                                                             \
        return LOADED(int, name, void *, int, ...)(handle, option, argument);                                          \
    }

FORWARD_OPTION(curl_easy_setopt)
FORWARD_OPTION(curl_easy_getinfo)
FORWARD_OPTION(curl_multi_setopt)
#endif
