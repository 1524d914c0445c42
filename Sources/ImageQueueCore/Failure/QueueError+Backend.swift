extension QueueError {
    /// No worker draws on that backend, and it isn't drained.
    package static func noSuchBackend(_ backend: BackendID, known: [BackendID]) -> QueueError {
        let names = known.isEmpty ? "it knows none" : "it knows " + known.map { "\($0)" }.joined(separator: ", ")
        return QueueError(code: .notFound, message: "The queue knows no backend \(backend): \(names).")
    }
}
