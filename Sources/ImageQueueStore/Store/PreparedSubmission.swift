internal import Crypto
internal import ImageQueueConcurrency
internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What of a submission can be worked out outside its transaction, for which others wait.
///
/// A class, for it is handed on several times, and has many parts that each would be counted.
final class PreparedSubmission: Sendable {
    let submission: Submission
    let request: ImageRequest
    let requestText: String
    /// Of its prompt, for the event.
    let excerpt: String
    /// The message's text.
    let content: String
    /// SHA-256 of what a repeat under the same key must be equal in.
    let hash: String
    let job: JobID
    let batch: JobID?
    let inputs: [Input]
    /// Milliseconds; 0 for a job that may begin at once, which is the one that has a place in the queue.
    let delay: Int64
    /// The message's, but for the place in the queue.
    private let metadata: Metadata
    private let metadataText: (before: String, after: String)

    /// A picture as it is stored.
    struct Input: Sendable {
        let sha256: String
        let bytes: [UInt8]
    }

    /// What the transaction gives it.
    struct Place: Sendable {
        var message: MessageID
        var userMessage: MessageID?
        var position: Int?
    }

    /// Prepares an array, which is a batch if it has more than one: the bytes of a picture are held once, however many
    /// of the submissions start from it.
    static func all(_ submissions: [Submission], time: StoreTime) async throws -> [PreparedSubmission] {
        let batch = submissions.count > 1 ? JobID.make() : nil
        var pictures: [String: Input] = [:]
        for file in submissions.lazy.flatMap(\.inputs) where pictures[file.image.sha256] == nil {
            pictures[file.image.sha256] = Input(sha256: file.image.sha256, bytes: Array(file.bytes))
        }
        return try await submissions.concurrentMap { [pictures] submission in
            try PreparedSubmission(submission, batch: batch, pictures: pictures, time: time)
        }
    }

    private init(_ submission: Submission, batch: JobID?, pictures: [String: Input], time: StoreTime) throws {
        self.submission = submission
        self.batch = batch
        var generator = SystemChance()
        request = submission.request.resolvingSeed(using: &generator)
        requestText = try StoreJSON.text(request.stored)
        excerpt = ImageMessage.excerpt(of: request.prompt)
        content = ImageMessage.pendingContent(prompt: request.prompt)
        hash = submission.key == nil ? "" : try Self.hash(StoreJSON.text(submission.fingerprint))
        inputs = submission.inputs.compactMap { pictures[$0.image.sha256] }
        job = .make(at: Date(storeMilliseconds: time.wall()), using: &generator)
        delay = submission.delay.map(\.milliseconds) ?? 0
        let pending = ImageMessage.pendingMetadata(
            job: job,
            position: delay > 0 ? nil : 0,
            prompt: request.prompt,
            batch: batch,
            retryOf: submission.retryOf,
            parent: request.parent
        )
        // Mostly there is nothing to merge, and merging hashes every key anew.
        metadata = submission.metadata.isEmpty ? pending : submission.metadata.merging(pending) { _, ours in ours }
        metadataText = try JSONValue.jsonText(of: metadata, around: ImageMessage.positionKey)
    }

    /// The message's metadata as its column holds it.
    ///
    /// - Parameter position: `nil` with a delay, and only then.
    func metadataText(position: Int?) -> String {
        metadataText.before + (position.map { String($0) } ?? "") + metadataText.after
    }

    func receipt(_ place: Place) -> SubmitReceipt {
        var metadata = metadata
        if let position = place.position { metadata[ImageMessage.positionKey] = .integer(Int64(position)) }
        return SubmitReceipt(
            messageID: place.message,
            jobID: job,
            userMessageID: place.userMessage,
            position: place.position,
            metadata: metadata
        )
    }

    private static func hash(_ text: String) -> String {
        SHA256.hash(data: Data(text.utf8)).hexadecimal
    }
}
