extension Submission {
    /// All of a submission that decides what is stored: a repeat under the same key must be equal in it.
    ///
    /// In canonical form: what has its default is left out, so that a caller may spell it out or not. The request
    /// counts as it was handed in, for a resolved seed would make every repeat look different; it names its pictures by
    /// their hashes. The worker that a job is reserved for does not count: a repeat comes from another process.
    package struct Fingerprint: Sendable, Hashable, Encodable {
        private let request: ImageRequest
        private let conversation: ConversationID?
        private let userMessage: String?
        private let priority: Priority?
        private let delay: Int64?
        private let deadline: Int64?
        private let metadata: Metadata?
        private let retryOf: JobID?

        init(_ submission: Submission) {
            request = submission.request
            conversation = submission.conversation == .none ? nil : submission.conversation
            userMessage = submission.userMessage
            priority = submission.priority == .normal ? nil : submission.priority
            delay = submission.delay.flatMap { $0 > .zero ? Self.milliseconds($0) : nil }
            deadline = submission.deadline.map(Self.milliseconds)
            metadata = submission.metadata.isEmpty ? nil : submission.metadata
            retryOf = submission.retryOf
        }

        private static func milliseconds(_ duration: Duration) -> Int64 {
            let parts = duration.components
            return parts.seconds * 1_000 + parts.attoseconds / 1_000_000_000_000_000
        }
    }

    /// What a repeat under the same key must be equal in.
    package var fingerprint: Fingerprint { Fingerprint(self) }
}
