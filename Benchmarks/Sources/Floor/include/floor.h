#pragma once
#include <stdint.h>

/// What the same rows cost when raw sqlite3 calls with prepared statements write them, and nothing else is done: no thread
/// is changed, nothing is encoded or decoded, nothing is looked up that the caller can know.
///
/// The file is one that the library has made: its schema with all indexes and triggers. The pragmas are the library's.
typedef struct floor_file floor_file;

/// The texts of a job, as the library wrote them for one. Where a job's id stands in one, `id_at` is its offset.
typedef struct {
    const char *owner;
    const char *conversation;
    const char *pending_content;
    const char *metadata;
    int metadata_id_at;
    const char *request;
    const char *queued_body;
    const char *complete_content;
    const char *complete_patch;
    const char *complete_body;
    const char *image_path;
    const char *sha256;
    const char *prompt;
} floor_texts;

/// How often a lone caller's connection checkpoints: pages of the WAL; 0 for never.
floor_file *floor_open(const char *path, int checkpoint_pages);
void floor_close(floor_file *file);

/// SQLite's message of the last error; every call below answers 0, or a code of SQLite's.
const char *floor_message(floor_file *file);

/// Writes `count` jobs, `per` a transaction: what `submit` writes. If `nanoseconds` is given, each transaction's time.
int floor_submit(floor_file *file, const floor_texts *texts, int64_t count, int64_t per, int64_t *nanoseconds);

/// Claims and completes `count` jobs with one picture each, two transactions a job.
int floor_cycle(floor_file *file, const floor_texts *texts, int64_t count);

/// Cancels all queued jobs of an owner by set-based SQL in one transaction.
int floor_cancel(floor_file *file, const char *owner, const char *content, const char *patch, const char *body);

/// Any statements.
int floor_run(floor_file *file, const char *sql);

/// The first column of the first row, as an integer; -1 where there is no row or it is NULL.
int64_t floor_integer(floor_file *file, const char *sql);

/// The first column of the first row as text; free it. NULL where there is none.
char *floor_text(floor_file *file, const char *sql);

/// Runs a prepared query `count` times, and notes how long each took. Where `arguments` is given, one is bound each time.
int floor_time(floor_file *file, const char *sql, const int64_t *arguments, int64_t count, int64_t *nanoseconds);

/// Runs a program to its end with its output thrown away: nanoseconds, or -1 if it can't be run or fails.
int64_t floor_spawn(char *const arguments[]);

/// Bytes that this process has allocated and not freed.
int64_t floor_allocated(void);
