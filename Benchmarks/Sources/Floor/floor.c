#define _GNU_SOURCE
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __linux__
#include <malloc.h>
#endif
#include <spawn.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

struct floor_file {
    sqlite3 *db;
    sqlite3_stmt *statements[32];
    int used;
    int64_t order_key;
    uint32_t salt;
};

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t wall_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int floor_run(floor_file *file, const char *sql) { return sqlite3_exec(file->db, sql, NULL, NULL, NULL); }
const char *floor_message(floor_file *file) { return sqlite3_errmsg(file->db); }

floor_file *floor_open(const char *path, int checkpoint_pages) {
    floor_file *file = calloc(1, sizeof *file);
    if (!file) return NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &file->db, flags, NULL) != SQLITE_OK) {
        floor_close(file);
        return NULL;
    }
    sqlite3_busy_timeout(file->db, 10000);
    sqlite3_db_config(file->db, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    char pragmas[400];
    snprintf(
        pragmas, sizeof pragmas,
        "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA secure_delete = FAST; PRAGMA cache_size = -8192;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA journal_size_limit = %d; PRAGMA wal_autocheckpoint = %d;",
        16 << 20, checkpoint_pages);
    if (floor_run(file, pragmas) != SQLITE_OK) {
        floor_close(file);
        return NULL;
    }
    file->salt = (uint32_t)now_ns();
    int64_t key = floor_integer(file, "SELECT max(order_key) FROM jobs");
    file->order_key = key < 0 ? 0 : key;
    return file;
}

void floor_close(floor_file *file) {
    if (!file) return;
    for (int i = 0; i < file->used; i++) sqlite3_finalize(file->statements[i]);
    sqlite3_close(file->db);
    free(file);
}

static sqlite3_stmt *prepared(floor_file *file, const char *sql) {
    for (int i = 0; i < file->used; i++)
        if (sqlite3_sql(file->statements[i]) && strcmp(sqlite3_sql(file->statements[i]), sql) == 0)
            return file->statements[i];
    if (file->used == 32) return NULL;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(file->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) return NULL;
    file->statements[file->used++] = statement;
    return statement;
}

static int finish(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    int reset = sqlite3_reset(statement);
    if (code == SQLITE_DONE || code == SQLITE_ROW) return reset;
    return code;
}

static void text(sqlite3_stmt *statement, int index, const char *value) {
    sqlite3_bind_text(statement, index, value, -1, SQLITE_STATIC);
}

#define TRY(call)                             \
    do {                                      \
        int code_ = (call);                   \
        if (code_ != SQLITE_OK) return code_; \
    } while (0)

#define PREPARE(name, sql)                            \
    sqlite3_stmt *name = prepared(file, sql);         \
    if (!name) return sqlite3_errcode(file->db)

// A version 7 UUID, ordered by time as the library's are.
static void make_id(floor_file *file, char id[37], int64_t at) {
    static const char digits[] = "0123456789abcdef";
    uint64_t high = ((uint64_t)at << 16) | 0x7000 | (file->salt >> 20);
    file->salt = file->salt * 1664525u + 1013904223u;
    uint64_t low = 0x8000000000000000u | ((uint64_t)(file->salt & 0x3fffffff) << 32);
    file->salt = file->salt * 1664525u + 1013904223u;
    low |= file->salt;
    int place = 0;
    for (int i = 15; i >= 0; i--) {
        if (i == 7 || i == 3) id[place++] = '-';
        id[place++] = digits[(high >> (4 * i)) & 15];
    }
    id[place++] = '-';
    for (int i = 15; i >= 0; i--) {
        if (i == 11) id[place++] = '-';
        id[place++] = digits[(low >> (4 * i)) & 15];
    }
    id[place] = 0;
}

int floor_submit(floor_file *file, const floor_texts *t, int64_t count, int64_t per, int64_t *nanoseconds) {
    PREPARE(begin, "BEGIN IMMEDIATE");
    PREPARE(commit, "COMMIT");
    PREPARE(key,
        "INSERT INTO owner_keys (owner, priority, order_key) VALUES (?1, 1, ?2)"
        " ON CONFLICT DO UPDATE SET order_key = excluded.order_key");
    PREPARE(message,
        "INSERT INTO messages (conversation_id, owner, role, content, extra_metadata, created_at, updated_at)"
        " VALUES (?1, ?2, 'assistant', ?3, ?4, ?5, ?5)");
    PREPARE(job,
        "INSERT OR FAIL INTO jobs (id, message_id, owner, conversation_id, state, lane, priority, order_key, created_at, queued_at)"
        " VALUES (?1, ?2, ?3, ?4, 1, '', 1, ?5, ?6, ?6)");
    PREPARE(request, "INSERT INTO requests (job_seq, request) VALUES (?1, ?2)");
    PREPARE(event,
        "INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)"
        " VALUES (?1, ?2, ?3, ?4, 'QUEUED', 0, 0, ?5, ?6)");
    size_t length = strlen(t->metadata);
    char *metadata = strdup(t->metadata);
    char id[37];
    text(key, 1, t->owner);
    text(message, 1, t->conversation);
    text(message, 2, t->owner);
    text(message, 3, t->pending_content);
    sqlite3_bind_text(message, 4, metadata, (int)length, SQLITE_STATIC);
    sqlite3_bind_text(job, 1, id, 36, SQLITE_STATIC);
    text(job, 3, t->owner);
    text(job, 4, t->conversation);
    text(request, 2, t->request);
    sqlite3_bind_text(event, 1, id, 36, SQLITE_STATIC);
    text(event, 3, t->conversation);
    text(event, 4, t->owner);
    text(event, 6, t->queued_body);
    int code = SQLITE_OK;
    for (int64_t done = 0, number = 0; done < count && code == SQLITE_OK; number++) {
        int64_t began = now_ns();
        int64_t at = wall_ms();
        code = finish(begin);
        for (int64_t i = 0; i < per && done < count && code == SQLITE_OK; i++, done++) {
            make_id(file, id, at);
            memcpy(metadata + t->metadata_id_at, id, 36);
            file->order_key++;
            sqlite3_bind_int64(key, 2, file->order_key);
            code = finish(key);
            sqlite3_bind_int64(message, 5, at);
            if (code == SQLITE_OK) code = finish(message);
            sqlite3_int64 message_id = sqlite3_last_insert_rowid(file->db);
            sqlite3_bind_int64(job, 2, message_id);
            sqlite3_bind_int64(job, 5, file->order_key);
            sqlite3_bind_int64(job, 6, at);
            if (code == SQLITE_OK) code = finish(job);
            sqlite3_bind_int64(request, 1, sqlite3_last_insert_rowid(file->db));
            if (code == SQLITE_OK) code = finish(request);
            sqlite3_bind_int64(event, 2, message_id);
            sqlite3_bind_int64(event, 5, at);
            if (code == SQLITE_OK) code = finish(event);
        }
        if (code == SQLITE_OK) code = finish(commit);
        if (nanoseconds) nanoseconds[number] = now_ns() - began;
    }
    sqlite3_clear_bindings(message);
    sqlite3_clear_bindings(job);
    sqlite3_clear_bindings(event);
    free(metadata);
    return code;
}

int floor_cycle(floor_file *file, const floor_texts *t, int64_t count) {
    PREPARE(begin, "BEGIN IMMEDIATE");
    PREPARE(commit, "COMMIT");
    PREPARE(next,
        "SELECT seq, id, message_id, order_key FROM jobs INDEXED BY jobs_in_order"
        " WHERE lane = '' AND state = 1 AND worker IS NULL AND cancel_requested = 0 AND is_suspect <= 0"
        " ORDER BY priority DESC, order_key, seq LIMIT 1");
    PREPARE(revision, "UPDATE settings SET value = value + 1 WHERE name = 'revision'");
    PREPARE(progress,
        "INSERT INTO progress (job_seq, fraction, pictures_done, revision)"
        " VALUES (?1, 0.0, 0, (SELECT value FROM settings WHERE name = 'revision'))");
    PREPARE(take,
        "UPDATE OR FAIL jobs SET state = 2, attempt = attempt + 1, worker = ?2, nonce = ?3, backend = ?4, started_at = ?5"
        " WHERE seq = ?1");
    PREPARE(virtual, "UPDATE virtual_times SET order_key = ?1 WHERE priority = 1 AND order_key < ?1");
    PREPARE(image,
        "INSERT INTO images (job_id, number, attempt, owner, path, format, width, height, byte_count, sha256, seed, prompt,"
        " infotext, warnings, created_at) VALUES (?1, 0, 1, ?2, ?3, 'png', 1024, 1024, 1500000, ?4, '4711', ?5, ?5, '[]', ?6)");
    PREPARE(duration,
        "UPDATE settings SET value = CASE value WHEN 0 THEN ?1 ELSE (value * 4 + ?1) / 5 END WHERE name = 'drawing_ms'");
    PREPARE(end,
        "UPDATE OR FAIL jobs SET state = 3, worker = NULL, nonce = NULL, backend = NULL, finished_at = ?2 WHERE seq = ?1");
    PREPARE(forget, "DELETE FROM progress WHERE job_seq = ?1");
    PREPARE(patch,
        "UPDATE messages SET content = ?2, extra_metadata = json_patch(extra_metadata, ?3), updated_at = ?4 WHERE id = ?1");
    PREPARE(event,
        "INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)"
        " VALUES (?1, ?2, ?3, ?4, 'COMPLETE', 1, 1, ?5, ?6)");
    char path[200];
    for (int64_t done = 0; done < count; done++) {
        int64_t at = wall_ms();
        TRY(finish(begin));
        if (sqlite3_step(next) != SQLITE_ROW) return SQLITE_NOTFOUND;
        sqlite3_int64 seq = sqlite3_column_int64(next, 0);
        char id[37];
        snprintf(id, sizeof id, "%s", (const char *)sqlite3_column_text(next, 1));
        sqlite3_int64 message = sqlite3_column_int64(next, 2);
        sqlite3_bind_int64(virtual, 1, sqlite3_column_int64(next, 3));
        sqlite3_reset(next);
        TRY(finish(revision));
        sqlite3_bind_int64(progress, 1, seq);
        TRY(finish(progress));
        sqlite3_bind_int64(take, 1, seq);
        text(take, 2, "01890000-0000-7000-8000-000000000000");
        sqlite3_bind_int64(take, 3, seq * 7919);
        text(take, 4, "http://127.0.0.1:7860");
        sqlite3_bind_int64(take, 5, at);
        TRY(finish(take));
        TRY(finish(virtual));
        TRY(finish(commit));

        TRY(finish(begin));
        snprintf(path, sizeof path, "2026/11/25/%s%s", id, t->image_path);
        sqlite3_bind_text(image, 1, id, 36, SQLITE_STATIC);
        text(image, 2, t->owner);
        text(image, 3, path);
        text(image, 4, t->sha256);
        text(image, 5, t->prompt);
        sqlite3_bind_int64(image, 6, at);
        TRY(finish(image));
        sqlite3_bind_int64(duration, 1, 1);
        TRY(finish(duration));
        sqlite3_bind_int64(end, 1, seq);
        sqlite3_bind_int64(end, 2, at);
        TRY(finish(end));
        sqlite3_bind_int64(forget, 1, seq);
        TRY(finish(forget));
        sqlite3_bind_int64(patch, 1, message);
        text(patch, 2, t->complete_content);
        text(patch, 3, t->complete_patch);
        sqlite3_bind_int64(patch, 4, at);
        TRY(finish(patch));
        sqlite3_bind_text(event, 1, id, 36, SQLITE_STATIC);
        sqlite3_bind_int64(event, 2, message);
        text(event, 3, t->conversation);
        text(event, 4, t->owner);
        sqlite3_bind_int64(event, 5, at);
        text(event, 6, t->complete_body);
        TRY(finish(event));
        TRY(finish(commit));
        sqlite3_clear_bindings(image);
        sqlite3_clear_bindings(event);
    }
    return SQLITE_OK;
}

int floor_cancel(floor_file *file, const char *owner, const char *content, const char *patch, const char *body) {
    int64_t at = wall_ms();
    PREPARE(begin, "BEGIN IMMEDIATE");
    PREPARE(commit, "COMMIT");
    PREPARE(log,
        "INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)"
        " SELECT id, message_id, conversation_id, owner, 'ERROR', 1, attempt, ?2, ?3 FROM jobs"
        " WHERE owner = ?1 AND state = 1 ORDER BY seq");
    PREPARE(message,
        "UPDATE messages SET content = ?3, extra_metadata = json_patch(extra_metadata, ?4), updated_at = ?2"
        " WHERE id IN (SELECT message_id FROM jobs WHERE owner = ?1 AND state = 1)");
    PREPARE(job,
        "UPDATE OR FAIL jobs SET state = 5, cancel_requested = 1, finished_at = ?2, error_code = 'cancelled', error = ?3"
        " WHERE owner = ?1 AND state = 1");
    TRY(finish(begin));
    text(log, 1, owner);
    sqlite3_bind_int64(log, 2, at);
    text(log, 3, body);
    TRY(finish(log));
    text(message, 1, owner);
    sqlite3_bind_int64(message, 2, at);
    text(message, 3, content);
    text(message, 4, patch);
    TRY(finish(message));
    text(job, 1, owner);
    sqlite3_bind_int64(job, 2, at);
    text(job, 3, content);
    TRY(finish(job));
    return finish(commit);
}

int64_t floor_integer(floor_file *file, const char *sql) {
    sqlite3_stmt *statement = NULL;
    int64_t value = -1;
    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK) return -1;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

char *floor_text(floor_file *file, const char *sql) {
    sqlite3_stmt *statement = NULL;
    char *value = NULL;
    if (sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL) != SQLITE_OK) return NULL;
    if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        value = strdup((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return value;
}

int floor_time(floor_file *file, const char *sql, const int64_t *arguments, int64_t count, int64_t *nanoseconds) {
    PREPARE(query, sql);
    for (int64_t i = 0; i < count; i++) {
        int64_t began = now_ns();
        if (arguments) sqlite3_bind_int64(query, 1, arguments[i]);
        int code;
        while ((code = sqlite3_step(query)) == SQLITE_ROW) {}
        TRY(sqlite3_reset(query));
        nanoseconds[i] = now_ns() - began;
    }
    return SQLITE_OK;
}

int64_t floor_spawn(char *const arguments[]) {
    extern char **environ;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    int64_t began = now_ns();
    pid_t child;
    int code = posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (code != 0) return -1;
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    int64_t taken = now_ns() - began;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? taken : -1;
}

int64_t floor_allocated(void) {
#ifdef __linux__
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd);
#else
    return 0;
#endif
}
