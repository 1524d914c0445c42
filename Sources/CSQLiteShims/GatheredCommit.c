#include "CSQLiteShims.h"

#include <sqlite3.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// "Each frame consists of a 24-byte frame-header followed by a page-size bytes of page data"; "for commit records, the size
// of the database file in pages after the commit. For all other records, zero": bytes 4 to 7 of the header, big-endian
// (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
//
// The unix VFS takes less than 128 KB at once (`seekAndWriteFd` in os_unix.c cuts a length to 17 bits).
enum { header_length = 24, room = (1 << 17) - 1 };

struct csqlite_gatherer {
    // First, so that a file's methods lead to what gathers for it.
    sqlite3_io_methods methods;
    const sqlite3_io_methods *real;
    sqlite3_file *file;
    // What is not written yet: `length` bytes that belong at `offset`.
    unsigned char *bytes;
    int length;
    sqlite3_int64 offset;
    // Whether the frame whose header came last ends the transaction.
    int is_last;
    // Where the frames that were kept so far end, written or not.
    sqlite3_int64 end;
};

static struct csqlite_gatherer *of(sqlite3_file *file) { return (struct csqlite_gatherer *)file->pMethods; }

static int flush(struct csqlite_gatherer *gatherer) {
    int length = gatherer->length;
    if (length == 0) return SQLITE_OK;
    gatherer->length = 0;
    return gatherer->real->xWrite(gatherer->file, gatherer->bytes, length, gatherer->offset);
}

static int gather(struct csqlite_gatherer *gatherer, const void *bytes, int length, sqlite3_int64 offset) {
    int code = gatherer->length + length > room ? flush(gatherer) : SQLITE_OK;
    if (code != SQLITE_OK) return code;
    if (gatherer->length == 0) gatherer->offset = offset;
    memcpy(gatherer->bytes + gatherer->length, bytes, (size_t)length);
    gatherer->length += length;
    gatherer->end = gatherer->offset + gatherer->length;
    return SQLITE_OK;
}

static int write_frames(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    static const unsigned char none[4];
    struct csqlite_gatherer *gatherer = of(file);
    int follows = gatherer->length > 0 && offset == gatherer->offset + gatherer->length;
    // Not one that is written over: of a transaction whose pages SQLite has begun to write before COMMIT it corrects the
    // headers at last, and no page follows.
    int is_header = length == header_length && offset >= gatherer->end;
    if (!follows) {
        int code = flush(gatherer);
        if (code != SQLITE_OK) return code;
    }
    if (is_header) {
        gatherer->is_last = memcmp((const unsigned char *)bytes + 4, none, sizeof none) != 0;
        return gather(gatherer, bytes, length, offset);
    }
    // Not what comes after a frame's header: the WAL's own, or what is written over.
    if (!follows || length > room) {
        int code = flush(gatherer);
        return code != SQLITE_OK ? code : gatherer->real->xWrite(file, bytes, length, offset);
    }
    int code = gather(gatherer, bytes, length, offset);
    // Here, and not with the sync, which there is not always: what comes next tells others of the transaction.
    return code == SQLITE_OK && gatherer->is_last ? flush(gatherer) : code;
}

static int read_frames(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    struct csqlite_gatherer *gatherer = of(file);
    int is_apart = offset >= gatherer->offset + gatherer->length || offset + length <= gatherer->offset;
    int code = is_apart ? SQLITE_OK : flush(gatherer);
    return code != SQLITE_OK ? code : gatherer->real->xRead(file, bytes, length, offset);
}

static int sync_frames(sqlite3_file *file, int flags) {
    int code = flush(of(file));
    return code != SQLITE_OK ? code : of(file)->real->xSync(file, flags);
}

static int truncate_frames(sqlite3_file *file, sqlite3_int64 size) {
    int code = flush(of(file));
    return code != SQLITE_OK ? code : of(file)->real->xTruncate(file, size);
}

static int size_of_frames(sqlite3_file *file, sqlite3_int64 *size) {
    int code = flush(of(file));
    return code != SQLITE_OK ? code : of(file)->real->xFileSize(file, size);
}

struct csqlite_gatherer *csqlite_gatherer_make(void) {
    struct csqlite_gatherer *gatherer = calloc(1, sizeof *gatherer);
    if (gatherer) gatherer->bytes = malloc(room);
    if (gatherer && gatherer->bytes) return gatherer;
    free(gatherer);
    return NULL;
}

void csqlite_gatherer_free(struct csqlite_gatherer *gatherer) {
    free(gatherer->bytes);
    free(gatherer);
}

void csqlite_gather(struct csqlite_gatherer *gatherer, struct sqlite3 *db) {
    sqlite3_file *database = NULL, *file = NULL;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &database) != SQLITE_OK) return;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) return;
    if (!database || !database->pMethods || !file || !file->pMethods || file->pMethods->iVersion < 1) return;
    // Without this SQLite fills the WAL up to a sector's end, and writes a page in two parts of any length.
    if (!(database->pMethods->xDeviceCharacteristics(database) & SQLITE_IOCAP_POWERSAFE_OVERWRITE)) return;
    // Only as much as there is: each version has more methods than the one before.
    size_t lengths[] = {
        offsetof(sqlite3_io_methods, xShmMap), offsetof(sqlite3_io_methods, xFetch), sizeof(sqlite3_io_methods)};
    int version = file->pMethods->iVersion < 3 ? file->pMethods->iVersion : 3;
    memcpy(&gatherer->methods, file->pMethods, lengths[version - 1]);
    gatherer->methods.iVersion = version;
    gatherer->methods.xWrite = write_frames;
    gatherer->methods.xRead = read_frames;
    gatherer->methods.xSync = sync_frames;
    gatherer->methods.xTruncate = truncate_frames;
    gatherer->methods.xFileSize = size_of_frames;
    gatherer->real = file->pMethods;
    gatherer->file = file;
    gatherer->end = 0;
    file->pMethods = &gatherer->methods;
}

void csqlite_gather_end(struct csqlite_gatherer *gatherer) {
    if (!gatherer->file) return;
    // Unless it was closed, as a rollback journal is.
    if (of(gatherer->file) == gatherer) gatherer->file->pMethods = gatherer->real;
    gatherer->file = NULL;
    // Of a COMMIT that failed: it must not come over what others have written since.
    gatherer->length = 0;
}
