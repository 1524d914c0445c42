#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CThreadShims.h"

#include <pthread.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void cthread_set_name(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}

void cthread_share_one_arena(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
#endif
}
