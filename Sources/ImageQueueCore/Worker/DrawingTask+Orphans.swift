extension DrawingTask.ID {
    /// What an attempt whose worker is lost may have sent to its backend last, given the pictures that are stored.
    ///
    /// A worker draws in order, and at most one picture ahead of what it has stored.
    package static func orphans(
        of attempt: Int,
        job: JobID,
        pictureCount: Int,
        stored: some Sequence<Int>
    ) -> [DrawingTask.ID] {
        let stored = Set(stored)
        return (0..<pictureCount).lazy.filter { !stored.contains($0) }.prefix(2)
            .map { DrawingTask.ID(job: job, attempt: attempt, number: $0) }
    }
}
