#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CSQLiteShims.h"

#include <pthread.h>
#include <sqlite3.h>

int csqlite_set_switch(struct sqlite3 *db, int option, int on) {
    return sqlite3_db_config(db, option, on, (int *)0);
}

void cthread_set_name(const char *name) {
#ifdef __APPLE__
    pthread_setname_np(name);
#else
    pthread_setname_np(pthread_self(), name);
#endif
}
