internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Reading jobs whole.
extension Connection {
    private static let jobByID = SQL("SELECT \(JobRow.columns) FROM jobs WHERE id = ?")

    func jobRow(_ id: JobID) throws -> JobRow? {
        try first(Self.jobByID, .text(id.description)) { try JobRow($0) }
    }

    func request(ofJob seq: Int64) throws -> StoredRequest {
        try first("SELECT request FROM requests WHERE job_seq = ?", .integer(seq)) { StoredRequest($0, 0) } ?? .missing
    }

    /// Of ``ImageRequest/prompt``, without reading the rest; empty where it can't be read,
    /// for such a job has to end as well.
    func excerpt(ofJob seq: Int64) throws -> String {
        let prompt = try first("SELECT request FROM requests WHERE job_seq = ?", .integer(seq)) { row in
            StoredRequest.prompt(row, 0)
        }
        return ImageMessage.excerpt(of: prompt ?? "")
    }

    /// The pictures that its attempts have stored, by their numbers.
    func images(of row: JobRow) throws -> [GeneratedImage] {
        // Most that are asked about have not begun, and what has a picture has (``insert(_:of:at:)``).
        row.startedAt == nil ? [] : try images(ofJob: row.id)
    }

    /// The paths of ``images(of:)``.
    func imagePaths(of row: JobRow) throws -> [String] {
        guard row.startedAt != nil else { return [] }
        return try query("SELECT path FROM images WHERE job_id = ? ORDER BY number", .text(row.id.description)) {
            try $0.text(0)
        }
    }

    func images(ofJob id: JobID) throws -> [GeneratedImage] {
        try query(
            """
            SELECT number, attempt, path, format, width, height, byte_count, sha256, seed, prompt, infotext,
                warnings, parent_job, parent_number
            FROM images WHERE job_id = ? ORDER BY number
            """,
            .text(id.description)
        ) { row in
            let seed = try row.optionalText(8)
            let parent = try row.optionalText(12)
            guard let format = ImageFormat(rawValue: try row.text(3)),
                (seed == nil) == (seed.flatMap { UInt64($0) } == nil),
                (parent == nil) == (parent.flatMap(JobID.init) == nil)
            else { throw JobRow.damaged("a picture") }
            return GeneratedImage(
                number: try row.int(0),
                attempt: try row.int(1),
                path: try row.text(2),
                format: format,
                width: try row.int(4),
                height: try row.int(5),
                byteCount: try row.int(6),
                sha256: try row.text(7),
                seed: seed.flatMap { UInt64($0) },
                prompt: try row.text(9),
                infotext: try row.optionalText(10),
                warnings: try row.text(11) == "[]" ? [] : StoreJSON.value(try row.text(11)),
                parent: try parent.flatMap(JobID.init).map { ImageParent(job: $0, number: try row.int(13)) }
            )
        }
    }

    func progress(ofJob seq: Int64) throws -> JobProgress? {
        try first(
            "SELECT fraction, pictures_done, remaining_ms FROM progress WHERE job_seq = ?",
            .integer(seq)
        ) { row in
            JobProgress(
                fraction: try row.real(0),
                picturesDone: try row.int(1),
                remaining: try row.optionalInteger(2).map(Duration.milliseconds)
            )
        }
    }

    func setting(_ name: String) throws -> Int64 {
        try first("SELECT value FROM settings WHERE name = ?", .text(name)) { try $0.integer(0) } ?? 0
    }

    func parts(of row: JobRow) throws -> JobParts {
        let images = try images(of: row)
        let told = try first(
            """
            SELECT (SELECT request FROM requests WHERE job_seq = ?1),
                coalesce((SELECT extra_metadata FROM messages WHERE id = ?2), '{}')
            """,
            .integer(row.seq),
            .integer(row.messageID.rawValue)
        ) { (request: StoredRequest($0, 0), metadata: StoreJSON.hostsMetadata($0, 1)) }
        return JobParts(request: told?.request ?? .missing, metadata: told?.metadata ?? [:], images: images)
    }

    /// The job with all that is known of it.
    func job(_ row: JobRow, template: ImageURLTemplate) throws -> Job {
        try job(row, parts: parts(of: row), template: template)
    }

    func job(_ row: JobRow, parts: JobParts, template: ImageURLTemplate) throws -> Job {
        let position = row.lifecycle.state == .queued ? try position(of: row) : nil
        let progress = row.lifecycle.state == .processing ? try progress(ofJob: row.seq) : nil
        return Job(
            id: row.id,
            messageID: row.messageID,
            conversation: row.conversation,
            owner: row.owner,
            state: row.lifecycle.state,
            priority: row.priority,
            request: parts.request.shown,
            attempt: row.lifecycle.attempt,
            isCancelRequested: row.lifecycle.isCancelRequested,
            batch: row.batch,
            retryOf: row.retryOf,
            position: position,
            progress: progress,
            estimated: try estimate(position: position, progress: progress),
            images: parts.images,
            imageURLs: parts.images.map { template.url(forPath: $0.path) },
            failure: row.failure,
            createdAt: Date(storeMilliseconds: row.createdAt),
            startedAt: row.startedAt.map(Date.init(storeMilliseconds:)),
            finishedAt: row.finishedAt.map(Date.init(storeMilliseconds:)),
            metadata: parts.metadata,
            isRequestKnown: parts.request.flaw == nil,
            isRaised: row.isRaised
        )
    }

    /// The time until a job is complete: what its backend says, or its place times what a job took of late, shared by
    /// the backends that are held.
    func estimate(position: Int?, progress: JobProgress?) throws -> Duration? {
        if let progress { return progress.remaining }
        guard let position else { return nil }
        let known = try first(
            "SELECT value, (SELECT count(*) FROM backends) FROM settings WHERE name = 'drawing_ms'"
        ) { (usual: try $0.integer(0), backends: try $0.integer(1)) }
        guard let (usual, backends) = known, usual > 0 else { return nil }
        let rounds = (Int64(position) + max(1, backends) - 1) / max(1, backends)
        return .milliseconds(rounds * usual)
    }
}
