internal import ImageQueueConcurrency

/// The store's threads of the library's own.
enum StoreThread {
    /// ``LibraryThread/start(named:_:)``.
    static func start(named name: String, _ body: @escaping @Sendable () -> Void) throws(StoreError) {
        do {
            try LibraryThread.start(named: name, body)
        } catch {
            let cause = SystemError(errno: error.errno, doing: "start a thread", path: nil)
            throw StoreError(.outOfMemory, "No thread could be started: raise the limit of threads.", cause: cause)
        }
    }
}
