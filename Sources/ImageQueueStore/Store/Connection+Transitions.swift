internal import ImageQueueCore

/// Writing down what ``JobLifecycle`` decides.
extension Connection {
    /// Puts an event to the job's state machine and writes all that follows: the row, the message, the log.
    ///
    /// - Throws: `stale_lease` where the machine refuses.
    @discardableResult
    func apply(
        _ event: JobLifecycle.Event,
        to row: inout JobRow,
        rules: StoreRules,
        notBefore: Int64? = nil,
        at now: Int64
    ) throws -> JobLifecycle.Action {
        let before = row.lifecycle
        let action = row.lifecycle.on(event)
        switch action {
        case .refuse:
            throw Self.stale(row.id)
        case .none:
            try save(&row, from: before, notBefore: notBefore)
        case .askHolder:
            try save(&row, from: before, notBefore: nil)
        case .offerAgain:
            try save(&row, from: before, notBefore: notBefore)
            try execute("DELETE FROM progress WHERE job_seq = ?", .integer(row.seq))
            try log(row, template: rules.template, at: now)
        case .endComplete:
            try end(&row, nil, rules: rules, at: now)
        case .endFailed(let failure), .endCancelled(let failure):
            try end(&row, failure, rules: rules, at: now)
        }
        return action
    }

    /// Puts an event that ends a waiting job to many that nobody holds. The rows and messages of those that stand as
    /// they were submitted are written together: a statement that is run for one row opens every index of its table
    /// anew, which is a quarter of what such an end costs.
    func apply(_ event: JobLifecycle.Event, toEach rows: [JobRow], rules: StoreRules, at now: Int64) throws {
        var fresh = rows.filter { $0.lifecycle == JobLifecycle(state: $0.lifecycle.state) }
        try end(&fresh, by: event, at: now)
        var ended = fresh[...]
        for var row in rows {
            if row.id == ended.first?.id, let row = ended.popFirst() {
                let excerpt = try excerpt(ofJob: row.seq)
                try log(row, kind: .error, excerpt: excerpt, position: nil, imageURLs: [], at: now)
            } else {
                try apply(event, to: &row, rules: rules, at: now)
            }
        }
    }

    static func stale(_ job: JobID) -> QueueError {
        QueueError(code: .staleLease, message: "The job \(job) is no longer held by this attempt.")
    }

    static func unregistered(_ worker: WorkerID) -> QueueError {
        QueueError(code: .staleLease, message: "The worker \(worker) is not registered any more.")
    }

    private func save(_ row: inout JobRow, from before: JobLifecycle, notBefore: Int64?) throws {
        if !row.lifecycle.isHeld {
            row.worker = nil
            row.nonce = nil
            row.backend = nil
        }
        // An index is written where one of its columns, or of its condition's, is named, changed or not.
        if before.isHeld, row.lifecycle.state == .processing, before.state == .queued {
            try execute(
                "UPDATE OR FAIL jobs SET state = ?, deadline = ?, started_at = ? WHERE seq = ?",
                .int(row.lifecycle.state.rawValue),
                Value(row.deadline),
                Value(row.startedAt),
                .integer(row.seq)
            )
            return
        }
        if before.state == row.lifecycle.state, before.state != .scheduled {
            try execute(
                """
                UPDATE OR FAIL jobs SET attempt = ?, failures = ?, deaths = ?, is_suspect = ?, cancel_requested = ?, worker = ?,
                    nonce = ?, backend = ?, started_at = ?
                WHERE seq = ?
                """,
                .int(row.lifecycle.attempt),
                .int(row.lifecycle.failures),
                .int(row.lifecycle.deaths),
                .bool(row.lifecycle.isSuspect),
                .int(CancelMode.number(of: row.lifecycle.cancelRequested)),
                Value(row.worker?.rawValue),
                Value(row.nonce),
                Value(row.backend),
                Value(row.startedAt),
                .integer(row.seq)
            )
            return
        }
        try execute(
            """
            UPDATE OR FAIL jobs SET state = ?, attempt = ?, failures = ?, deaths = ?, is_suspect = ?, cancel_requested = ?,
                worker = ?, nonce = ?, backend = ?, not_before = ?, deadline = ?, started_at = ?
            WHERE seq = ?
            """,
            .int(row.lifecycle.state.rawValue),
            .int(row.lifecycle.attempt),
            .int(row.lifecycle.failures),
            .int(row.lifecycle.deaths),
            .bool(row.lifecycle.isSuspect),
            .int(CancelMode.number(of: row.lifecycle.cancelRequested)),
            Value(row.worker?.rawValue),
            Value(row.nonce),
            Value(row.backend),
            Value(notBefore),
            Value(row.deadline),
            Value(row.startedAt),
            .integer(row.seq)
        )
    }

    /// The end: row, message and event in this one transaction.
    private func end(_ row: inout JobRow, _ failure: JobFailure?, rules: StoreRules, at now: Int64) throws {
        row.failure = failure
        row.finishedAt = now
        row.worker = nil
        row.nonce = nil
        row.backend = nil
        try execute(Self.endOne, arguments: Self.end(of: row) + [.integer(row.seq)])
        // Most that are cancelled have not begun.
        if row.startedAt != nil { try execute("DELETE FROM progress WHERE job_seq = ?", .integer(row.seq)) }
        let urls = try imagePaths(of: row).map(rules.template.url(forPath:))
        let excerpt = try excerpt(ofJob: row.seq)
        let told = try EndTexts.of(failure, excerpt: excerpt, imageURLs: urls)
        try endMessage(row.messageID, content: told.content, patchText: told.patch, at: now)
        try log(
            row,
            kind: failure == nil ? .complete : .error,
            excerpt: excerpt,
            position: nil,
            imageURLs: urls,
            at: now
        )
    }

    /// The rows and messages of jobs that no worker ever had: all of them end alike, without pictures and progress.
    private func end(_ rows: inout [JobRow], by event: JobLifecycle.Event, at now: Int64) throws {
        for index in rows.indices {
            guard let failure = rows[index].lifecycle.on(event).failure else { throw Self.stale(rows[index].id) }
            rows[index].failure = failure
            rows[index].finishedAt = now
        }
        guard let row = rows.first, let failure = row.failure else { return }
        try execute(Self.endMany, arguments: Self.end(of: row) + [.text("\(rows.map(\.seq))")])
        let told = try EndTexts.of(failure, imageURLs: [])
        try endMessages(rows.map(\.messageID), content: told.content, patchText: told.patch, at: now)
    }

    private static let endOne = endSQL("= ?")
    private static let endMany = endSQL("IN (SELECT value FROM json_each(?))")

    private static func endSQL(_ which: String) -> SQL {
        SQL(
            """
            UPDATE OR FAIL jobs SET state = ?, failures = ?, deaths = ?, cancel_requested = ?, worker = NULL, nonce = NULL,
                backend = NULL, finished_at = ?, error_code = ?, error = ?
            WHERE seq \(which)
            """
        )
    }

    private static func end(of row: JobRow) -> [Value] {
        [
            .int(row.lifecycle.state.rawValue),
            .int(row.lifecycle.failures),
            .int(row.lifecycle.deaths),
            .int(CancelMode.number(of: row.lifecycle.cancelRequested)),
            Value(row.finishedAt),
            Value(row.failure?.code.rawValue),
            Value(row.failure?.message),
        ]
    }

    /// Notes that an attempt's drawing begins: progress 0, and the deadline is met, whatever becomes of the attempt.
    func beginProgress(of row: inout JobRow, at now: Int64) throws {
        let pictures = try imagePaths(of: row).count
        row.startedAt = now
        row.deadline = nil
        try raiseRevision()
        try execute(
            """
            INSERT INTO progress (job_seq, fraction, pictures_done, revision)
            VALUES (?1, 0.0, ?2, (SELECT value FROM settings WHERE name = 'revision'))
            ON CONFLICT DO UPDATE SET fraction = 0.0, pictures_done = ?2, remaining_ms = NULL, revision = excluded.revision
            """,
            .integer(row.seq),
            .int(pictures)
        )
    }
}

extension JobLifecycle.Action {
    /// How the job has ended, where it has and is not complete.
    fileprivate var failure: JobFailure? {
        switch self {
        case .endFailed(let failure), .endCancelled(let failure): failure
        case .none, .offerAgain, .endComplete, .askHolder, .refuse: nil
        }
    }
}

/// What a job's end writes into its message.
private struct EndTexts {
    var content: String
    var patch: String

    /// - Parameter failure: nil where the job is complete.
    static func of(_ failure: JobFailure?, excerpt: String, imageURLs: [String]) throws -> EndTexts {
        guard let failure else {
            return EndTexts(
                content: ImageMessage.completeContent(prompt: excerpt),
                patch: try StoreJSON.text(ImageMessage.completePatch(imageURLs: imageURLs))
            )
        }
        return try of(failure, imageURLs: imageURLs)
    }

    static func of(_ failure: JobFailure, imageURLs: [String]) throws -> EndTexts {
        EndTexts(
            content: ImageMessage.errorContent(failure),
            patch: try StoreJSON.text(ImageMessage.errorPatch(failure, imageURLs: imageURLs))
        )
    }
}
