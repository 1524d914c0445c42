#ifndef CSQLITE_SHIMS_H
#define CSQLITE_SHIMS_H

// Declared, not included: else this module and CSQLite would both own SQLite's types.
struct sqlite3;

// sqlite3_db_config is variadic, which Swift cannot call. `option` is one of the SQLITE_DBCONFIG_* switches that take
// (int, int *); returns SQLite's result code.
int csqlite_set_switch(struct sqlite3 *db, int option, int on);

#endif
