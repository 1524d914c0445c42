internal import Foundation
internal import ImageQueueCore

/// A job as `--json` prints it. Absent fields are left out.
struct JobRecord: Encodable {
    let job: Job
    /// The absolute places of its pictures.
    let imagePaths: [String]

    init(_ job: Job, files: any ImageFiles) {
        self.job = job
        imagePaths = job.images.map { files.location(ofPath: $0.path).path(percentEncoded: false) }
    }

    private enum Key: String, CodingKey {
        case jobID = "job_id"
        case messageID = "message_id"
        case conversationID = "conversation_id"
        case owner, kind, status, progress
        case queuePosition = "queue_position"
        case estimatedSeconds = "estimated_seconds"
        case attempt
        case imagePaths = "image_paths"
        case imageURLs = "image_urls"
        case seeds, parent, error
        case errorCode = "error_code"
        case createdAt = "created_at"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case metadata
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode(job.id, forKey: .jobID)
        try fields.encode(job.messageID.rawValue, forKey: .messageID)
        if job.conversation != .none { try fields.encode(job.conversation.rawValue, forKey: .conversationID) }
        if job.owner != .nobody { try fields.encode(job.owner.rawValue, forKey: .owner) }
        if job.isRequestKnown { try fields.encode(job.request.kind, forKey: .kind) }
        try fields.encode(job.state.wireStatus, forKey: .status)
        if job.failure == nil { try fields.encode(job.percent, forKey: .progress) }
        try fields.encodeIfPresent(job.position, forKey: .queuePosition)
        try fields.encodeIfPresent(job.estimated.map(WireSeconds.init), forKey: .estimatedSeconds)
        try fields.encode(job.attempt, forKey: .attempt)
        if !job.images.isEmpty {
            try fields.encode(imagePaths, forKey: .imagePaths)
            try fields.encode(job.imageURLs, forKey: .imageURLs)
            let seeds = job.images.compactMap(\.seed)
            if !seeds.isEmpty { try fields.encode(seeds, forKey: .seeds) }
        }
        try fields.encodeIfPresent(job.images.first?.parent ?? job.request.parent, forKey: .parent)
        try fields.encodeIfPresent(job.failure?.message, forKey: .error)
        try fields.encodeIfPresent(job.failure?.code, forKey: .errorCode)
        try fields.encode(RFC3339.text(job.createdAt), forKey: .createdAt)
        try fields.encodeIfPresent(job.startedAt.map(RFC3339.text), forKey: .startedAt)
        try fields.encodeIfPresent(job.finishedAt.map(RFC3339.text), forKey: .finishedAt)
        try fields.encode(job.metadata, forKey: .metadata)
    }
}
