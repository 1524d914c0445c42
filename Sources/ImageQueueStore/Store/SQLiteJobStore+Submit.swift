public import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/submit(_:)``.
    public func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt] {
        let prepared = try await PreparedSubmission.all(submissions, time: rules.time)
        let outcomes = try await write { [rules] connection in
            let now = rules.time.wall()
            return try prepared.map { try connection.submit($0, rules: rules, at: now) }
        }
        return zip(prepared, outcomes).map { prepared, outcome in
            switch outcome {
            case .kept(let receipt): receipt
            case .new(let place): prepared.receipt(place)
            }
        }
    }
}

private enum SubmitOutcome: Sendable {
    /// A repeat.
    case kept(SubmitReceipt)
    case new(PreparedSubmission.Place)
}

/// A receipt as `keys` holds it.
private struct KeptReceipt: Codable {
    var messageID: MessageID
    var jobID: JobID
    var userMessageID: MessageID?
    var position: Int?
    var metadata: Metadata
}

extension Connection {
    fileprivate func submit(
        _ prepared: PreparedSubmission,
        rules: StoreRules,
        at now: Int64
    ) throws -> SubmitOutcome {
        let submission = prepared.submission
        if let key = submission.key,
            let kept = try keptReceipt(key, owner: submission.owner, hash: prepared.hash, rules: rules, at: now)
        {
            return .kept(kept)
        }
        try refuseOverflow(submission.owner, rules: rules)
        if let worker = submission.reservedFor {
            let isKnown = try first("SELECT 1 FROM workers WHERE id = ?", .text(worker.rawValue)) { _ in true } ?? false
            guard isKnown else {
                throw QueueError(code: .invalidRequest, message: "No worker \(worker) is registered.")
            }
        }
        let userMessage = try submission.userMessage.map { words in
            try insertMessage(
                NewMessage(
                    conversation: submission.conversation,
                    owner: submission.owner,
                    role: .user,
                    content: words
                ),
                metadataText: "{}",
                at: now
            )
        }
        let lane = submission.reservedFor?.rawValue ?? ""
        let orderKey = try lane.isEmpty ? nextOrderKey(submission.owner, submission.priority) : 0
        // Counted before it is there, so that the message is written once: it comes last of its key.
        let position =
            try prepared.delay > 0
            ? nil
            : position(lane: lane, priority: submission.priority, orderKey: orderKey + 1, seq: 0)
        let message = try insertMessage(
            NewMessage(
                conversation: submission.conversation,
                owner: submission.owner,
                role: .assistant,
                content: prepared.content
            ),
            metadataText: prepared.metadataText(position: position),
            at: now
        )
        let row = try insertJob(
            prepared,
            message: message,
            lane: lane,
            orderKey: orderKey,
            notBefore: prepared.delay > 0 ? now + prepared.delay : nil,
            at: now
        )
        try log(row, kind: .queued, excerpt: prepared.excerpt, position: position, imageURLs: [], at: now)
        let place = PreparedSubmission.Place(message: message, userMessage: userMessage, position: position)
        if let key = submission.key { try keep(prepared.receipt(place), key: key, prepared: prepared, at: now) }
        return .new(place)
    }

    private func insertJob(
        _ prepared: PreparedSubmission,
        message: MessageID,
        lane: String,
        orderKey: Int64,
        notBefore: Int64?,
        at now: Int64
    ) throws -> JobRow {
        let submission = prepared.submission
        let state = notBefore == nil ? JobState.queued : .scheduled
        try execute(
            Self.insertJob,
            .text(prepared.job.description),
            .integer(message.rawValue),
            .text(submission.owner.rawValue),
            .text(submission.conversation.rawValue),
            .int(state.rawValue),
            .text(lane),
            .int(submission.priority.rawValue),
            .integer(orderKey),
            Value(prepared.request.model),
            Value(prepared.batch?.description),
            Value(submission.retryOf?.description),
            Value(notBefore),
            Value(submission.deadline.map { now + $0.milliseconds }),
            .integer(now)
        )
        let inserted = JobRow(
            seq: lastInsertRowID,
            id: prepared.job,
            messageID: message,
            owner: submission.owner,
            conversation: submission.conversation,
            lifecycle: JobLifecycle(state: state),
            lane: lane,
            priority: submission.priority,
            isRaised: false,
            orderKey: orderKey,
            model: prepared.request.model,
            batch: prepared.batch,
            retryOf: submission.retryOf,
            createdAt: now,
            queuedAt: notBefore ?? now
        )
        try execute(
            "INSERT INTO requests (job_seq, request) VALUES (?, ?)",
            .integer(inserted.seq),
            .text(prepared.requestText)
        )
        try insert(prepared.inputs, ofJob: inserted.seq)
        return inserted
    }

    /// OR FAIL: see the schema.
    private static let insertJob: SQL = """
        INSERT OR FAIL INTO jobs (id, message_id, owner, conversation_id, state, lane, priority, order_key, model, batch_id,
            retry_of, not_before, deadline, created_at, queued_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?12, ?, ?14, coalesce(?12, ?14))
        """

    private func refuseOverflow(_ owner: Owner, rules: StoreRules) throws {
        func waiting(_ owner: CountedOwner) throws -> Int {
            try count(of: owner, in: 0...JobState.queued.rawValue)
        }
        if let limit = rules.ownerLimit {
            let count = try waiting(.owner(owner))
            if count >= limit { throw full("This owner has \(count) jobs waiting, and \(limit) are allowed") }
        }
        if let limit = rules.queueLimit {
            let count = try waiting(.everybody)
            if count >= limit { throw full("\(count) jobs wait, and \(limit) are allowed") }
        }
    }

    private func full(_ what: String) -> QueueError {
        QueueError(code: .queueFull, message: "\(what). Try again later.")
    }

    private func keptReceipt(
        _ key: String,
        owner: Owner,
        hash: String,
        rules: StoreRules,
        at now: Int64
    ) throws -> SubmitReceipt? {
        let kept = try first(
            "SELECT request_hash, receipt, job_id, created_at FROM keys WHERE scope = 'submit' AND owner = ? AND key = ?",
            .text(owner.rawValue),
            .text(key)
        ) { (hash: try $0.text(0), receipt: try $0.text(1), job: try $0.optionalText(2), at: try $0.integer(3)) }
        guard let kept else { return nil }
        if kept.at + rules.keyLifetime <= now {
            let state = try kept.job.flatMap(JobID.init).flatMap { try jobRow($0) }?.lifecycle.state
            if state?.isFinal ?? true {
                try execute(
                    "DELETE FROM keys WHERE scope = 'submit' AND owner = ? AND key = ?",
                    .text(owner.rawValue),
                    .text(key)
                )
                return nil
            }
        }
        guard kept.hash == hash else {
            throw QueueError(
                code: .keyConflict,
                message: "The key \"\(key)\" was used before for something else. Use a new key."
            )
        }
        let receipt = try StoreJSON.value(kept.receipt, as: KeptReceipt.self)
        return SubmitReceipt(
            messageID: receipt.messageID,
            jobID: receipt.jobID,
            userMessageID: receipt.userMessageID,
            position: receipt.position,
            metadata: receipt.metadata,
            isRepeat: true
        )
    }

    private func keep(_ receipt: SubmitReceipt, key: String, prepared: PreparedSubmission, at now: Int64) throws {
        let kept = KeptReceipt(
            messageID: receipt.messageID,
            jobID: receipt.jobID,
            userMessageID: receipt.userMessageID,
            position: receipt.position,
            metadata: receipt.metadata
        )
        try execute(
            """
            INSERT INTO keys (scope, owner, key, request_hash, receipt, job_id, created_at)
            VALUES ('submit', ?, ?, ?, ?, ?, ?)
            """,
            .text(prepared.submission.owner.rawValue),
            .text(key),
            .text(prepared.hash),
            .text(try StoreJSON.text(kept)),
            .text(receipt.jobID.description),
            .integer(now)
        )
    }
}
