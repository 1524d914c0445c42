internal import CSQLite
internal import ImageQueueConcurrency

/// The library that this program runs with may be another than it was built with.
func requireLibrary() throws(StoreError) {
    assertOwnThread()
    guard sqlite3_libversion_number() >= 3_040_000 else {
        let found = String(cString: sqlite3_libversion())
        throw StoreError(.cannotOpen, "SQLite \(found) is too old: install 3.40 or newer.")
    }
    // "If it returns zero, SQLite was compiled with mutexing code omitted": then two threads must never meet in it.
    guard sqlite3_threadsafe() != 0 else {
        throw StoreError(.cannotOpen, "This SQLite was built without threads: install one that was built with them.")
    }
}
