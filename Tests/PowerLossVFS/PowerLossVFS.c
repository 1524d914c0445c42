#include "PowerLossVFS.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512

// What was asked of a file since its last sync.
typedef struct Change {
    sqlite3_int64 offset;
    int length; // negative: a truncation to `offset`
    unsigned char *bytes;
} Change;

// A file of the epoch, whatever handles are open on it.
typedef struct Disk {
    char *path;
    int descriptor; // our own; closed only between epochs, since closing one drops this process's locks on the file
    unsigned char *image;
    sqlite3_int64 size, capacity;
    Change *changes;
    int count, room;
    int is_deleted;
    struct Disk *next;
} Disk;

typedef struct File {
    sqlite3_file base;
    Disk *disk;
    sqlite3_file *real;
} File;

static struct {
    pthread_mutex_t mutex;
    sqlite3_vfs *base;
    sqlite3_vfs vfs;
    char marker[256];
    uint64_t random;
    PowerLossPlan plan;
    int64_t operations, syncs, lost_sectors;
    int is_cut, cut_in_sync, open_files;
    Disk *disks;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void lock(void) { pthread_mutex_lock(&state.mutex); }
static void unlock(void) { pthread_mutex_unlock(&state.mutex); }

// SplitMix64.
static uint64_t next_random(void) {
    uint64_t mixed = state.random += 0x9E3779B97F4A7C15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}

static int is_ours(const char *path) { return path && state.marker[0] && strstr(path, state.marker) != NULL; }

// MARK: - Disks. All under the lock.

static Disk *find(const char *path) {
    for (Disk *disk = state.disks; disk; disk = disk->next) {
        if (!disk->is_deleted && strcmp(disk->path, path) == 0) return disk;
    }
    return NULL;
}

static int resize(Disk *disk, sqlite3_int64 size) {
    if (size > disk->capacity) {
        sqlite3_int64 capacity = size * 2;
        unsigned char *image = realloc(disk->image, (size_t)capacity);
        if (!image) return SQLITE_NOMEM;
        disk->image = image;
        disk->capacity = capacity;
    }
    if (size > disk->size) memset(disk->image + disk->size, 0, (size_t)(size - disk->size));
    disk->size = size;
    return SQLITE_OK;
}

static void forget_changes(Disk *disk) {
    for (int i = 0; i < disk->count; i++) free(disk->changes[i].bytes);
    disk->count = 0;
}

static void release(Disk *disk) {
    forget_changes(disk);
    close(disk->descriptor);
    free(disk->changes);
    free(disk->image);
    free(disk->path);
    free(disk);
}

// The disk of a path, read from the real file when it is first opened.
static Disk *disk_at(const char *path) {
    Disk *disk = find(path);
    struct stat status;
    if (disk) return disk;
    disk = calloc(1, sizeof *disk);
    if (!disk) return NULL;
    disk->path = strdup(path);
    disk->descriptor = open(path, O_RDWR | O_CLOEXEC);
    if (!disk->path || disk->descriptor < 0 || fstat(disk->descriptor, &status) != 0 ||
        resize(disk, status.st_size) != SQLITE_OK ||
        pread(disk->descriptor, disk->image, (size_t)disk->size, 0) != disk->size) {
        if (disk->descriptor >= 0) close(disk->descriptor);
        free(disk->image);
        free(disk->path);
        free(disk);
        return NULL;
    }
    disk->next = state.disks;
    state.disks = disk;
    return disk;
}

static int note(Disk *disk, sqlite3_int64 offset, const void *bytes, int length) {
    Change change = {offset, length, NULL};
    if (disk->count == disk->room) {
        int room = disk->room ? disk->room * 2 : 16;
        Change *changes = realloc(disk->changes, (size_t)room * sizeof *changes);
        if (!changes) return SQLITE_NOMEM;
        disk->changes = changes;
        disk->room = room;
    }
    if (length > 0) {
        change.bytes = malloc((size_t)length);
        if (!change.bytes) return SQLITE_NOMEM;
        memcpy(change.bytes, bytes, (size_t)length);
    }
    disk->changes[disk->count++] = change;
    return SQLITE_OK;
}

static int put(Disk *disk, const unsigned char *bytes, int length, sqlite3_int64 offset) {
    return pwrite(disk->descriptor, bytes, (size_t)length, offset) == length ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

static int flush(Disk *disk) {
    for (int i = 0; i < disk->count; i++) {
        Change *change = &disk->changes[i];
        if (change->length < 0) {
            if (ftruncate(disk->descriptor, change->offset) != 0) return SQLITE_IOERR_FSYNC;
        } else if (put(disk, change->bytes, change->length, change->offset) != SQLITE_OK) {
            return SQLITE_IOERR_FSYNC;
        }
    }
    forget_changes(disk);
    return SQLITE_OK;
}

// Lets each sector of what was not synced survive in `quarters` of four cases.
static void tear(Disk *disk, unsigned quarters) {
    for (int i = 0; i < disk->count; i++) {
        Change *change = &disk->changes[i];
        if (change->length < 0) {
            if (next_random() % 4 < quarters) (void)!ftruncate(disk->descriptor, change->offset);
            continue;
        }
        for (int done = 0; done < change->length;) {
            sqlite3_int64 at = change->offset + done;
            int piece = (int)(SECTOR - at % SECTOR);
            if (piece > change->length - done) piece = change->length - done;
            if (next_random() % 4 < quarters) {
                (void)put(disk, change->bytes + done, piece, at);
            } else {
                state.lost_sectors++;
            }
            done += piece;
        }
    }
    forget_changes(disk);
}

static void cut(void) {
    if (state.is_cut) return;
    state.is_cut = 1;
    unsigned quarters = (unsigned)(next_random() % 5);
    for (Disk *disk = state.disks; disk; disk = disk->next) tear(disk, quarters);
}

// Counts an operation; true if the power is gone with it.
static int is_last(int in_sync) {
    state.operations++;
    state.syncs += in_sync;
    if (state.operations != state.plan.operation && !(in_sync && state.syncs == state.plan.sync)) return 0;
    state.cut_in_sync = in_sync;
    cut();
    return 1;
}

// MARK: - Files

static int file_close(sqlite3_file *file) {
    File *mine = (File *)file;
    int code = mine->real->pMethods->xClose(mine->real);
    lock();
    state.open_files--;
    unlock();
    return code;
}

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    Disk *disk = ((File *)file)->disk;
    int code = SQLITE_OK;
    lock();
    if (state.is_cut) {
        code = SQLITE_IOERR_READ;
    } else {
        sqlite3_int64 there = disk->size > offset ? disk->size - offset : 0;
        if (there > length) there = length;
        if (there > 0) memcpy(bytes, disk->image + offset, (size_t)there);
        if (there < length) {
            memset((char *)bytes + there, 0, (size_t)(length - there));
            code = SQLITE_IOERR_SHORT_READ;
        }
    }
    unlock();
    return code;
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    Disk *disk = ((File *)file)->disk;
    int code = SQLITE_IOERR_WRITE;
    lock();
    if (!state.is_cut) {
        code = note(disk, offset, bytes, length);
        if (code == SQLITE_OK && offset + length > disk->size) code = resize(disk, offset + length);
        if (code == SQLITE_OK) memcpy(disk->image + offset, bytes, (size_t)length);
        // Noted before: the very write in which the power goes may be half done.
        if (is_last(0)) code = SQLITE_IOERR_WRITE;
    }
    unlock();
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    Disk *disk = ((File *)file)->disk;
    int code = SQLITE_IOERR_TRUNCATE;
    lock();
    if (!state.is_cut) {
        code = note(disk, size, NULL, -1);
        if (code == SQLITE_OK) code = resize(disk, size);
        if (is_last(0)) code = SQLITE_IOERR_TRUNCATE;
    }
    unlock();
    return code;
}

static int file_sync(sqlite3_file *file, int flags) {
    (void)flags;
    int code = SQLITE_IOERR_FSYNC;
    lock();
    if (!state.is_cut && !is_last(1)) code = flush(((File *)file)->disk);
    unlock();
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    lock();
    int code = state.is_cut ? SQLITE_IOERR_FSTAT : SQLITE_OK;
    *size = ((File *)file)->disk->size;
    unlock();
    return code;
}

static sqlite3_file *real(sqlite3_file *file) { return ((File *)file)->real; }

static int file_lock(sqlite3_file *file, int level) {
    return powerloss_is_cut() ? SQLITE_IOERR_LOCK : real(file)->pMethods->xLock(real(file), level);
}

static int file_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int file_check_reserved(sqlite3_file *file, int *is_reserved) {
    return real(file)->pMethods->xCheckReservedLock(real(file), is_reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    // A hint would make the real file grow.
    if (operation == SQLITE_FCNTL_SIZE_HINT || operation == SQLITE_FCNTL_CHUNK_SIZE) return SQLITE_NOTFOUND;
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }

static int file_characteristics(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static int file_shm_map(sqlite3_file *file, int page, int size, int extends, void volatile **map) {
    if (powerloss_is_cut()) return SQLITE_IOERR_SHMMAP;
    return real(file)->pMethods->xShmMap(real(file), page, size, extends, map);
}

static int file_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    if (powerloss_is_cut() && (flags & SQLITE_SHM_LOCK)) return SQLITE_IOERR_SHMLOCK;
    return real(file)->pMethods->xShmLock(real(file), offset, n, flags);
}

static void file_shm_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }

static int file_shm_unmap(sqlite3_file *file, int deletes) {
    return real(file)->pMethods->xShmUnmap(real(file), deletes);
}

// Version 2: without xFetch, so that no page is read past the image.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// MARK: - The VFS

static int vfs_open(sqlite3_vfs *vfs, const char *path, sqlite3_file *file, int flags, int *out) {
    (void)vfs;
    sqlite3_vfs *base = state.base;
    File *mine = (File *)file;
    lock();
    int is_mine = is_ours(path);
    int is_dead = state.is_cut;
    unlock();
    if (!is_mine) return base->xOpen(base, path, file, flags, out);
    mine->base.pMethods = NULL;
    if (is_dead) return SQLITE_CANTOPEN;
    mine->real = (sqlite3_file *)(mine + 1);
    int code = base->xOpen(base, path, mine->real, flags, out);
    if (code != SQLITE_OK) return code;
    lock();
    mine->disk = disk_at(path);
    if (mine->disk) state.open_files++;
    unlock();
    if (!mine->disk) {
        mine->real->pMethods->xClose(mine->real);
        return SQLITE_CANTOPEN;
    }
    mine->base.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *path, int syncs) {
    (void)vfs;
    int code;
    lock();
    if (is_ours(path) && state.is_cut) {
        code = SQLITE_IOERR_DELETE;
    } else {
        code = state.base->xDelete(state.base, path, syncs);
        Disk *disk = is_ours(path) ? find(path) : NULL;
        if (code == SQLITE_OK && disk) {
            forget_changes(disk);
            disk->is_deleted = 1;
        }
    }
    unlock();
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *path, int flags, int *result) {
    (void)vfs;
    int code;
    lock();
    Disk *disk = is_ours(path) ? find(path) : NULL;
    if (is_ours(path) && state.is_cut) {
        code = SQLITE_IOERR_ACCESS;
    } else if (disk && flags == SQLITE_ACCESS_EXISTS) {
        // As the unix VFS has it: a file of no bytes doesn't exist.
        *result = disk->size > 0;
        code = SQLITE_OK;
    } else {
        code = state.base->xAccess(state.base, path, flags, result);
    }
    unlock();
    return code;
}

int powerloss_install(void) {
    lock();
    int code = SQLITE_OK;
    if (!state.base) {
        code = sqlite3_initialize();
        state.base = code == SQLITE_OK ? sqlite3_vfs_find(NULL) : NULL;
        if (state.base) {
            state.vfs = *state.base;
            state.vfs.zName = "powerloss";
            state.vfs.pNext = NULL;
            state.vfs.szOsFile = (int)sizeof(File) + state.base->szOsFile;
            state.vfs.xOpen = vfs_open;
            state.vfs.xDelete = vfs_delete;
            state.vfs.xAccess = vfs_access;
            code = sqlite3_vfs_register(&state.vfs, 1);
        } else if (code == SQLITE_OK) {
            code = SQLITE_NOTFOUND;
        }
    }
    unlock();
    return code;
}

int powerloss_begin(const char *marker, uint64_t seed, PowerLossPlan plan) {
    lock();
    int open_files = state.open_files;
    if (open_files == 0) {
        while (state.disks) {
            Disk *disk = state.disks;
            state.disks = disk->next;
            release(disk);
        }
        strncpy(state.marker, marker, sizeof state.marker - 1);
        state.random = seed;
        state.plan = plan;
        state.operations = state.syncs = state.lost_sectors = 0;
        state.is_cut = state.cut_in_sync = 0;
    }
    unlock();
    return open_files;
}

void powerloss_cut(void) {
    lock();
    cut();
    unlock();
}

int powerloss_is_cut(void) {
    lock();
    int is_cut = state.is_cut;
    unlock();
    return is_cut;
}

int64_t powerloss_operations(void) {
    lock();
    int64_t operations = state.operations;
    unlock();
    return operations;
}

int powerloss_cut_in_sync(void) {
    lock();
    int in_sync = state.cut_in_sync;
    unlock();
    return in_sync;
}

int64_t powerloss_lost_sectors(void) {
    lock();
    int64_t lost = state.lost_sectors;
    unlock();
    return lost;
}
