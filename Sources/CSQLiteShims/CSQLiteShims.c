#include "CSQLiteShims.h"

int csqlite_set_switch(sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}
