public import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension SQLiteJobStore {
    /// See ``JobStore/claim(_:)``.
    public func claim(_ request: ClaimRequest) async throws -> ClaimedJob? {
        guard keeper.mayGoOn(request.worker) else { throw Connection.unregistered(request.worker) }
        while true {
            let answer = try await write { [rules] in try $0.claim(request, rules: rules) }
            if !answer.isCutShort { return answer.job }
        }
    }

    /// See ``JobStore/begin(_:)``.
    public func begin(_ lease: Lease) async throws {
        guard keeper.mayGoOn(lease.worker) else { throw Connection.stale(lease.job) }
        try await write { [rules] in try $0.begin(lease, rules: rules) }
    }
}

/// What one transaction made of a claim.
struct ClaimAnswer: Sendable {
    var job: ClaimedJob?
    /// So much that can't be read was set aside that the rest is for another transaction.
    var isCutShort = false

    static let asideLimit = 100
}

extension Connection {
    /// Moves what is due, sweeps up after the dead, and takes the next job for a backend that the worker holds.
    func claim(_ request: ClaimRequest, rules: StoreRules) throws -> ClaimAnswer {
        let now = rules.time.wall()
        try sweep(rules: rules, except: request.worker, at: now)
        // Asked under the write lock, for which this may have waited long.
        guard let registration = try leasedRegistration(of: request.worker, rules: rules) else {
            throw Self.unregistered(request.worker)
        }
        var answer = ClaimAnswer()
        guard try mayClaim(request) else { return answer }
        let held = try query(
            "SELECT is_suspect FROM jobs WHERE worker = ?",
            .text(request.worker.rawValue)
        ) { try $0.bool(0) }
        if held.contains(true) { return answer }
        var asides = 0
        while let row = try next(for: request, registration, emptyHanded: held.isEmpty, at: now) {
            guard asides < ClaimAnswer.asideLimit else {
                answer.isCutShort = true
                break
            }
            do {
                answer.job = try take(row, try soundParts(of: row), request, registration.scope, rules: rules, at: now)
                break
            } catch let flaw as UnreadableJob {
                // It would hold up all that follow.
                var row = row
                try apply(.abandon(flaw.failure), to: &row, rules: rules, at: now)
                complaints.append(.setAside(row.id, flaw.failure))
                asides += 1
            }
        }
        return answer
    }

    /// What a worker gets to know of a job.
    ///
    /// - Throws: ``UnreadableJob`` where this version can't read it, or can't draw what it reads.
    private func soundParts(of row: JobRow) throws -> JobParts {
        do {
            let parts = try parts(of: row)
            if let flaw = parts.request.flaw { throw flaw }
            try parts.request.shown.validate()
            return parts
        } catch let flaw as QueueError {
            throw UnreadableJob(failure: .unreadable(flaw.message))
        }
    }

    /// The job that the worker chooses of those that it may take.
    private func next(
        for request: ClaimRequest,
        _ registration: WorkerRegistration,
        emptyHanded: Bool,
        at now: Int64
    ) throws -> JobRow? {
        var waiting = try candidates(for: registration, limit: 1, at: now)
        if let first = waiting.first, !request.takesFirst(first.candidate(at: now)) {
            waiting = try candidates(for: registration, limit: ClaimRequest.candidateLimit, at: now)
        }
        guard let choice = request.choose(waiting.map { $0.candidate(at: now) }), waiting.indices.contains(choice)
        else { return nil }
        // A suspect waits for empty hands, and what stands behind it waits for the suspect: hands would never be empty.
        guard emptyHanded || !waiting[choice].lifecycle.isSuspect else { return nil }
        return waiting[choice]
    }

    /// Whether the queue runs, and its worker holds the backend,
    /// which takes new jobs and stands as the worker knows it.
    private func mayClaim(_ request: ClaimRequest) throws -> Bool {
        let brief = try brief(on: request.backend)
        guard brief.holder == request.worker, !brief.isDraining, brief == request.ifStill ?? brief else { return false }
        return try setting("paused") == 0
    }

    private func take(
        _ chosen: JobRow,
        _ parts: JobParts,
        _ request: ClaimRequest,
        _ scope: WorkerScope,
        rules: StoreRules,
        at now: Int64
    ) throws -> ClaimedJob {
        var row = chosen
        let nonce = Int64.random(in: .min ... .max)
        row.worker = request.worker
        row.nonce = nonce
        row.backend = request.backend.rawValue
        if !request.isReserving { try beginProgress(of: &row, at: now) }
        try apply(.claim(reserving: request.isReserving), to: &row, rules: rules, at: now)
        if row.lane.isEmpty {
            try execute(
                "UPDATE virtual_times SET order_key = ?1 WHERE priority = ?2 AND order_key < ?1",
                .integer(scope.takesTurns ? row.orderKey : min(row.orderKey, try firstKey(row.priority) ?? .max)),
                .int(row.priority.rawValue)
            )
        }
        let lease = Lease(
            job: row.id,
            attempt: row.lifecycle.attempt,
            nonce: nonce,
            worker: request.worker,
            backend: request.backend
        )
        return ClaimedJob(
            lease: lease,
            job: try job(row, parts: parts, template: rules.template),
            isSuspect: row.lifecycle.isSuspect,
            failures: row.lifecycle.failures,
            hasBegunBefore: chosen.startedAt != nil,
            queuedAt: Date(storeMilliseconds: row.queuedAt)
        )
    }

    /// The key of the first job that waits. A job that was taken before its turn brings no turn on: whoever is new then
    /// would stand behind all that wait.
    private func firstKey(_ priority: Priority) throws -> Int64? {
        try first(
            """
            SELECT order_key FROM jobs INDEXED BY jobs_in_order
            WHERE lane = '' AND state = 1 AND priority = ? AND worker IS NULL ORDER BY order_key LIMIT 1
            """,
            .int(priority.rawValue)
        ) { try $0.integer(0) }
    }

    func begin(_ lease: Lease, rules: StoreRules) throws {
        var row = try heldRow(lease)
        let now = rules.time.wall()
        guard row.lifecycle.state == .queued, !row.lifecycle.isCancelRequested, try isLeased(lease.worker, rules: rules)
        else { throw Self.stale(lease.job) }
        try beginProgress(of: &row, at: now)
        try apply(.begin, to: &row, rules: rules, at: now)
    }

    private func candidates(for worker: WorkerRegistration, limit: Int, at now: Int64) throws -> [JobRow] {
        let full = try ownersAtLimit(for: worker)
        func inLane(_ lane: String) throws -> [JobRow] {
            try inOrder(lane: lane, suspectsToo: true, without: full, limit: limit, at: now)
        }
        let found: [JobRow]
        switch worker.scope {
        case .anyJob:
            found = try inLane(worker.id.rawValue) + inLane("")
        case .reservedJobs:
            found = try inLane(worker.id.rawValue)
        case .jobs(let ids):
            // They are the worker's whatever stands before them: looked up, not searched for.
            found = try ids.compactMap { try jobRow($0) }.filter { row in
                row.lifecycle.state == .queued && !row.lifecycle.isHeld && !row.lifecycle.isCancelRequested
                    && (row.lane.isEmpty || row.lane == worker.id.rawValue)
                    && !full.contains(row.owner) && row.deadline.map { $0 > now } ?? true
            }
        }
        let sorted = found.sorted { left, right in
            if left.priority != right.priority { return left.priority > right.priority }
            return (left.orderKey, left.seq) < (right.orderKey, right.seq)
        }
        return Array(sorted.prefix(limit))
    }
}

/// A job that no worker can take.
private struct UnreadableJob: Error {
    var failure: JobFailure
}

extension JobRow {
    /// As it is offered.
    fileprivate func candidate(at now: Int64) -> ClaimRequest.Candidate {
        ClaimRequest.Candidate(
            job: id,
            owner: owner,
            priority: priority,
            model: model,
            isSuspect: lifecycle.isSuspect,
            waited: .milliseconds(max(0, now - queuedAt))
        )
    }
}
