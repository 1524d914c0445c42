extension DrawingTask.ID {
    /// What an attempt whose worker is lost may have sent to its backend last, given the pictures that are stored.
    ///
    /// A worker draws in order, and at most two pictures ahead of the first that it has not stored: while that one is
    /// being stored, the next lies ready.
    package static func orphans(
        of attempt: Int,
        job: JobID,
        pictureCount: Int,
        stored: some Sequence<Int>
    ) -> [DrawingTask.ID] {
        let stored = Set(stored)
        return (0..<max(0, pictureCount)).lazy.filter { !stored.contains($0) }.prefix(3)
            .map { DrawingTask.ID(job: job, attempt: attempt, number: $0) }
    }
}
