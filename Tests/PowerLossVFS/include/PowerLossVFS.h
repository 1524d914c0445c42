#ifndef POWER_LOSS_VFS_H
#define POWER_LOSS_VFS_H

#include <stdint.h>

// A disk whose power can be cut, for SQLite files in this process.
//
// It becomes the default VFS and hands every path that does not hold the epoch's marker on to the one before it. Files
// that do hold it are kept as a page cache keeps them: what is written or truncated is seen by every read at once, and
// reaches the real file with xSync. At the cut a random part of what was not synced reaches it too, 512-byte sector by
// sector, as a drive may have got to it; the rest is gone, and every later call fails until the next epoch.
//
// Not modelled: file names. Creating and deleting a file is durable at once, and so is the file's existence. The -shm
// file is shared memory and passes through: remove it after a cut. Files that are not opened by SQLite are real.

// Registers it. Idempotent; returns SQLite's result code.
int powerloss_install(void);

// When the power is to go: at the so-manieth write, truncation or sync of the epoch, or at the so-manieth sync; counted
// from 1, 0 for never.
typedef struct PowerLossPlan {
    int64_t operation;
    int64_t sync;
} PowerLossPlan;

// Begins an epoch for paths that hold `marker`. Returns how many files of the last epoch are still open, and does nothing
// unless that is 0.
int powerloss_begin(const char *marker, uint64_t seed, PowerLossPlan plan);

// Cuts the power now.
void powerloss_cut(void);

int powerloss_is_cut(void);

// Writes, truncations and syncs in this epoch so far.
int64_t powerloss_operations(void);

// Whether the cut came in the midst of a sync, and how many sectors that had been written were lost by it.
int powerloss_cut_in_sync(void);
int64_t powerloss_lost_sectors(void);

#endif
