#ifndef CTHREAD_SHIMS_H
#define CTHREAD_SHIMS_H

// Names the calling thread. On Linux pthread_setname_np is hidden behind _GNU_SOURCE, which Swift does not define.
void cthread_set_name(const char *name);

#endif
