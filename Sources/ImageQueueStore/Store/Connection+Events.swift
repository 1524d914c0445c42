internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What an event says beside its columns.
private struct EventBody {
    var status: String?
    var progress: Int?
    var position: Int?
    var estimatedMilliseconds: Int64?
    var prompt: String?
    var imageURLs: [String]?
    var failure: JobFailure?

    init() {}

    /// As a column holds it: without what there is none of, and in the order of the keys.
    var jsonText: String {
        var text = JSONObjectText()
        if let estimatedMilliseconds { text.add("estimatedMilliseconds", estimatedMilliseconds) }
        if let failure {
            text.add("failure") { text in
                text.add("code", failure.code.rawValue)
                text.add("message", failure.message)
            }
        }
        if let imageURLs { text.add("imageURLs", imageURLs) }
        if let position { text.add("position", position) }
        if let progress { text.add("progress", progress) }
        if let prompt { text.add("prompt", prompt) }
        if let status { text.add("status", status) }
        return text.finish()
    }

    init(json fields: Metadata) {
        func integer(_ key: String) -> Int64? { if case .integer(let value)? = fields[key] { value } else { nil } }
        status = fields["status"]?.stringValue
        progress = integer("progress").map(Int.init)
        position = integer("position").map(Int.init)
        estimatedMilliseconds = integer("estimatedMilliseconds")
        prompt = fields["prompt"]?.stringValue
        if case .array(let urls)? = fields["imageURLs"] { imageURLs = urls.compactMap(\.stringValue) }
        if case .object(let failure)? = fields["failure"], let code = failure["code"]?.stringValue {
            self.failure = JobFailure(
                code: JobFailure.Code(rawValue: code),
                message: failure["message"]?.stringValue ?? ""
            )
        }
    }
}

/// Writing and reading the log.
extension Connection {
    /// Appends QUEUED, COMPLETE or ERROR about a job as it stands now in this transaction.
    func log(_ row: JobRow, template: ImageURLTemplate, at now: Int64) throws {
        let state = row.lifecycle.state
        let kind: JobEvent.Kind =
            switch state {
            case .complete: .complete
            case .failed, .cancelled: .error
            case .scheduled, .queued, .processing: .queued
            }
        let urls = try imagePaths(of: row).map(template.url(forPath:))
        try log(
            row,
            kind: kind,
            excerpt: try excerpt(ofJob: row.seq),
            position: state == .queued ? try position(of: row) : nil,
            imageURLs: urls,
            at: now
        )
    }

    /// ``log(_:template:at:)`` for a caller that knows what else there is to say.
    func log(
        _ row: JobRow,
        kind: JobEvent.Kind,
        excerpt: String,
        position: Int?,
        imageURLs: [String],
        at now: Int64
    ) throws {
        // The doorbell tells of events as soon as they can be read: by then they must survive a power cut.
        assert(durability == .full, "an event is logged by a write that may be lost")
        let state = row.lifecycle.state
        var body = EventBody()
        body.status = state.wireStatus
        body.progress = state.loggedPercent(attempt: row.lifecycle.attempt)
        body.position = position
        body.estimatedMilliseconds = try estimate(position: position, progress: nil)?.milliseconds
        body.prompt = excerpt
        body.imageURLs = imageURLs.isEmpty ? nil : imageURLs
        body.failure = state.isFinal ? row.failure : nil
        try execute(
            """
            INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(row.id.description),
            .integer(row.messageID.rawValue),
            .text(row.conversation.rawValue),
            .text(row.owner.rawValue),
            .text(kind.rawValue),
            .bool(state.isFinal),
            .int(row.lifecycle.attempt),
            .integer(now),
            .text(body.jsonText)
        )
    }

    static let eventColumns =
        "seq, job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body"

    func event(_ row: borrowing Row, log: String) throws -> JobEvent {
        guard let job = JobID(try row.text(1)), let kind = JobEvent.Kind(rawValue: try row.text(5)) else {
            throw JobRow.damaged("an event")
        }
        let body = EventBody(json: try StoreJSON.metadata(row, 9))
        return JobEvent(
            kind: kind,
            isFinal: try row.bool(6),
            cursor: EventCursor(log: log, sequence: try row.integer(0)),
            at: Date(storeMilliseconds: try row.integer(8)),
            jobID: job,
            messageID: MessageID(rawValue: try row.integer(2)),
            conversation: ConversationID(rawValue: try row.text(3)),
            owner: Owner(rawValue: try row.text(4)),
            attempt: try row.int(7),
            status: body.status,
            progress: body.progress,
            position: body.position,
            estimated: body.estimatedMilliseconds.map(Duration.milliseconds),
            prompt: body.prompt,
            imageURLs: body.imageURLs ?? [],
            failure: body.failure
        )
    }

    /// Where the log stands in this transaction.
    func logCursor() throws -> EventCursor {
        // AUTOINCREMENT's own record: the greatest number ever given, also when that row was pruned.
        let cursor = try first(
            """
            SELECT value, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)
            FROM settings WHERE name = 'log'
            """
        ) { EventCursor(log: try $0.text(0), sequence: try $0.integer(1)) }
        guard let cursor else { throw JobRow.damaged("a log without identity") }
        return cursor
    }

    /// What the doorbell is to say of this database, in the file of this number.
    func bellMark(file: UInt64) throws -> BellMark {
        let cursor = try logCursor()
        return BellMark(log: cursor.log, file: file, sequence: cursor.sequence)
    }

    /// To be called before a progress row is written: its revision is that of `settings`,
    /// which rises with every change.
    func raiseRevision() throws {
        try execute("UPDATE settings SET value = value + 1 WHERE name = 'revision'")
    }
}
