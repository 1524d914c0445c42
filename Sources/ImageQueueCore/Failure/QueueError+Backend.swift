extension QueueError {
    /// No worker draws on that backend, and it isn't drained.
    package static func noSuchBackend(_ backend: BackendID, known: [BackendID]) -> QueueError {
        let names = known.map { "\($0)" }.joined(separator: ", ")
        let what = known.isEmpty ? "it knows none until a worker names one" : "it knows \(names)"
        return QueueError(code: .notFound, message: "The queue knows no backend \(backend): \(what).")
    }
}
