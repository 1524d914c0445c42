#ifndef CSQLITE_SHIMS_H
#define CSQLITE_SHIMS_H

// Declared, not included: else this module and CSQLite would both own SQLite's types.
struct sqlite3;

// sqlite3_db_config is variadic, which Swift cannot call. `option` is one of the SQLITE_DBCONFIG_* switches that take
// (int, int *); returns SQLite's result code.
int csqlite_set_switch(struct sqlite3 *db, int option, int on);

// Puts together what one COMMIT writes to the WAL, which SQLite does in two calls of the system for each page. Between
// csqlite_gather and csqlite_gather_end the frames are kept in memory and written in one piece (of less than 128 KB) with
// the last of the transaction, before SQLite syncs the file and tells others of them; a write that fails is reported
// there. Both on the connection's thread, around COMMIT alone: see Docs/Decisions/12-one-write-a-commit.md.
struct csqlite_gatherer;
// NULL where there is no memory.
struct csqlite_gatherer *csqlite_gatherer_make(void);
void csqlite_gatherer_free(struct csqlite_gatherer *gatherer);
void csqlite_gather(struct csqlite_gatherer *gatherer, struct sqlite3 *db);
void csqlite_gather_end(struct csqlite_gatherer *gatherer);

#endif
