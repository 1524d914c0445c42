#ifndef CTHREAD_SHIMS_H
#define CTHREAD_SHIMS_H

// Names the calling thread. On Linux pthread_setname_np is hidden behind _GNU_SOURCE, which Swift does not define.
void cthread_set_name(const char *name);

// Has all threads allocate from one arena, where glibc gives each its own, and keeps what a picture took in each.
void cthread_share_one_arena(void);

#endif
