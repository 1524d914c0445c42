import ImageQueueCore

@testable import ImageQueueStore

/// What a database holds after a cut, read at one moment.
struct Survivors: Sendable {
    private struct JobLeft {
        var state: JobState
        var message: MessageID
        var isCancelRequested: Bool
    }

    private struct MessageLeft {
        var content: String
        var job: String?
        var status: String?
        var errorCode: String?
        var mark: String?

        func isEnd(of id: JobID) -> Bool {
            job == id.description && status != JobState.queued.wireStatus
        }
    }

    private var jobs: [String: JobLeft] = [:]
    private var messages: [MessageID: MessageLeft] = [:]
    private var pictures: Set<String> = []
    private var keys: Set<String> = []
    /// What is not as it must be, whatever was acknowledged.
    private(set) var damages: [String] = []

    init(_ store: SQLiteJobStore, prunes: Bool) async throws {
        self = try await store.database.read { try Survivors(reading: $0, prunes: prunes) }
    }

    private init(reading connection: Connection, prunes: Bool) throws {
        let problems = try connection.query("PRAGMA integrity_check") { try $0.text(0) }
        if problems != ["ok"] { damages += problems }
        damages += try connection.query("PRAGMA foreign_key_check") { "foreign key of \(try $0.text(0))" }
        for (id, job) in try connection.query(
            "SELECT id, state, message_id, cancel_requested FROM jobs",
            read: { row in
                guard let state = JobState(rawValue: try row.int(1)) else { throw JobRow.damaged("a state") }
                let message = MessageID(rawValue: try row.integer(2))
                return (try row.text(0), JobLeft(state: state, message: message, isCancelRequested: try row.bool(3)))
            }
        ) { jobs[id] = job }
        for (id, message) in try connection.query(
            """
            SELECT id, content, extra_metadata ->> 'job_id', extra_metadata ->> 'status',
                extra_metadata ->> 'error_code', extra_metadata ->> 'mark' FROM messages
            """,
            read: { row in
                let message = MessageLeft(
                    content: try row.text(1),
                    job: try row.optionalText(2),
                    status: try row.optionalText(3),
                    errorCode: try row.optionalText(4),
                    mark: try row.optionalText(5)
                )
                return (MessageID(rawValue: try row.integer(0)), message)
            }
        ) { messages[id] = message }
        pictures = Set(try connection.query("SELECT path FROM images") { try $0.text(0) })
        keys = Set(
            try connection.query("SELECT key || ' ' || job_id FROM keys WHERE job_id IS NOT NULL") { try $0.text(0) }
        )
        try compareJobsWithMessages()
        try compareCounters(connection)
        if !prunes { try compareJobsWithEvents(connection) }
    }

    /// Promise 2: the row and its message change together.
    private mutating func compareJobsWithMessages() throws {
        for (id, job) in jobs {
            let message = messages[job.message]
            let status = job.state == .processing ? JobState.queued.wireStatus : job.state.wireStatus
            guard let message, message.job == id, message.status == status else {
                damages.append("job \(id) is \(job.state), its message \(String(describing: message))")
                continue
            }
        }
        for message in messages.values {
            guard let job = message.job, jobs[job] == nil else { continue }
            // Only what has ended is ever pruned.
            if message.status == JobState.queued.wireStatus { damages.append("no job for \(message)") }
        }
    }

    private mutating func compareCounters(_ connection: Connection) throws {
        let difference = try connection.query(
            """
            SELECT owner, state, n FROM counters
            EXCEPT SELECT owner, state, count(*) FROM jobs GROUP BY owner, state
            EXCEPT SELECT char(1), state, count(*) FROM jobs GROUP BY state
            """
        ) { "the counter of \(try $0.text(0)), \(try $0.int(1)) is \(try $0.int(2))" }
        let sum = try connection.first(
            "SELECT (SELECT coalesce(sum(n), 0) FROM counters) - 2 * (SELECT count(*) FROM jobs)"
        ) { try $0.int(0) }
        damages += difference
        if sum != 0 { damages.append("counters and jobs differ by \(sum ?? 0)") }
    }

    private mutating func compareJobsWithEvents(_ connection: Connection) throws {
        damages += try connection.query(
            """
            SELECT id, (SELECT count(*) FROM events WHERE job_id = jobs.id AND is_final = 1) AS finals,
                (SELECT count(*) FROM events WHERE job_id = jobs.id AND kind = 'QUEUED') AS queued
            FROM jobs WHERE finals <> (state >= 3) OR queued = 0
            """
        ) { "job \(try $0.text(0)) has \(try $0.int(1)) final events and \(try $0.int(2)) QUEUED" }
    }

    /// Whether a promise was kept.
    func bearOut(_ entry: Ledger.Entry) -> Bool {
        switch entry {
        case .submitted(let job, let message):
            // A pruned job is remembered by its message; that only what has ended is pruned is looked at above.
            return messages[message]?.job == job.description
        case .keyed(let job, let key):
            return keys.contains("\(key) \(job)")
        case .appended(let id, let content):
            return messages[id]?.content == content
        case .updated(let id, let mark):
            return messages[id]?.mark == mark
        case .recorded(let path):
            return pictures.contains(path)
        case .cancelRequested(let job):
            guard let left = jobs[job.description] else { return messages.values.contains { $0.isEnd(of: job) } }
            return left.isCancelRequested || left.state.isFinal
        case .ended(let job, let state):
            if let left = jobs[job.description] { return left.state == state }
            return messages.values.contains { message in
                message.isEnd(of: job) && message.status == state.wireStatus
                    && (message.errorCode == "cancelled") == (state == .cancelled)
            }
        }
    }
}
