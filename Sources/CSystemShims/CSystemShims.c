#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CSystemShims.h"

#include <errno.h>
#include <pthread.h>
#include <sys/stat.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <fcntl.h>
#include <sys/sysmacros.h>
#endif

void csystem_set_name(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}

void csystem_keep_memory_small(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 1 << 20);
#endif
}

int csystem_file_identity(const char *path, uint64_t *device, uint64_t *number) {
#ifdef STATX_INO
    struct statx status;
    if (statx(AT_FDCWD, path, 0, STATX_INO, &status) == 0) {
        *device = makedev(status.stx_dev_major, status.stx_dev_minor);
        *number = status.stx_ino;
        return 0;
    }
    // Some containers forbid it.
#endif
    struct stat plain;
    if (stat(path, &plain) != 0) return errno;
    *device = (uint64_t)plain.st_dev;
    *number = (uint64_t)plain.st_ino;
    return 0;
}
