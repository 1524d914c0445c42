#include "CSQLiteShims.h"

#include <sqlite3.h>

int csqlite_set_switch(struct sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}
