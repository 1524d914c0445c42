#ifndef CSYSTEM_SHIMS_H
#define CSYSTEM_SHIMS_H

#include <stdint.h>

// Names the calling thread. On Linux pthread_setname_np is hidden behind _GNU_SOURCE, which Swift does not define.
void csystem_set_name(const char *name);

// Has all threads allocate from one arena, where glibc gives each its own, and keeps what a picture took in each; and gives
// blocks of 256 KB and more back as they are freed, where glibc, once one was, has the next ones break up the arena.
void csystem_keep_memory_small(void);

// Which file a path stands for. Looks at nothing else: since Linux 6.13 whoever asks for a file's time of change has the
// next write to it dirty the inode, which the file system's journal then has to take up with the next sync of any file.
// Returns 0, or errno.
int csystem_file_identity(const char *path, uint64_t *device, uint64_t *number);

#endif
