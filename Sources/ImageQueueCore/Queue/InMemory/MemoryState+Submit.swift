#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// An idempotency key of a submission. Two are one where they are the same bytes.
struct SubmitKey: Sendable, Hashable {
    let owner: Owner
    let key: [UInt8]

    init(owner: Owner, key: String) {
        self.owner = owner
        self.key = Array(key.utf8)
    }
}

/// What a key gave the first time.
struct KeptReceipt: Sendable {
    let fingerprint: Submission.Fingerprint
    let receipt: SubmitReceipt
    let at: Date
}

extension MemoryState {
    /// Stores jobs with their messages, all or none.
    mutating func submit(
        _ submissions: [Submission],
        using generator: inout some RandomNumberGenerator,
        at now: StoreMoment
    ) throws -> [SubmitReceipt] {
        try refuse(submissions, at: now)
        let batch = submissions.count > 1 ? JobID.make(at: now.wall, using: &generator) : nil
        return submissions.map { submission in
            let key = submission.key.map { SubmitKey(owner: submission.owner, key: $0) }
            if let key, let kept = keptReceipt(key, at: now) {
                var receipt = kept.receipt
                receipt.isRepeat = true
                return receipt
            }
            let receipt = store(submission, batch: batch, using: &generator, at: now)
            if let key {
                submitKeys[key] = KeptReceipt(fingerprint: submission.fingerprint, receipt: receipt, at: now.wall)
            }
            return receipt
        }
    }

    /// Everything that can be wrong with a submission, before anything is stored.
    private func refuse(_ submissions: [Submission], at now: StoreMoment) throws {
        var earlier: [SubmitKey: Submission.Fingerprint] = [:]
        var added: [Owner: Int] = [:]
        for submission in submissions {
            if let text = submission.key {
                let key = SubmitKey(owner: submission.owner, key: text)
                if let first = earlier[key] ?? keptReceipt(key, at: now)?.fingerprint {
                    guard first == submission.fingerprint else {
                        throw QueueError(
                            code: .keyConflict,
                            message: "The key \"\(text)\" was used before for something else. Use a new key."
                        )
                    }
                    continue
                }
                earlier[key] = submission.fingerprint
            }
            if let worker = submission.reservedFor, workers[worker] == nil {
                throw QueueError(code: .invalidRequest, message: "No worker \(worker) is registered.")
            }
            try refuseOverflow(submission.owner, added: added)
            added[submission.owner, default: 0] += 1
        }
    }

    private func refuseOverflow(_ owner: Owner, added: [Owner: Int]) throws {
        let mine = order.waitingCount(of: owner) + (added[owner] ?? 0)
        if let limit = rules.ownerLimit, mine >= limit {
            throw Self.full("This owner has \(mine) jobs waiting, and \(limit) are allowed")
        }
        let all = order.waitingCount + added.values.reduce(0, +)
        if let limit = rules.queueLimit, all >= limit { throw Self.full("\(all) jobs wait, and \(limit) are allowed") }
    }

    private static func full(_ what: String) -> QueueError {
        QueueError(code: .queueFull, message: "\(what). Try again later.")
    }

    /// A key lives its time, and until its job has ended.
    private func keptReceipt(_ key: SubmitKey, at now: StoreMoment) -> KeptReceipt? {
        guard let kept = submitKeys[key] else { return nil }
        return isAlive(kept, at: now) ? kept : nil
    }

    func isAlive(_ kept: KeptReceipt, at now: StoreMoment) -> Bool {
        let hasEnded = jobs[kept.receipt.jobID]?.lifecycle.state.isFinal ?? true
        return !hasEnded || now.wall < kept.at.advanced(by: rules.keyLifetime)
    }

    private mutating func store(
        _ submission: Submission,
        batch: JobID?,
        using generator: inout some RandomNumberGenerator,
        at now: StoreMoment
    ) -> SubmitReceipt {
        let userMessage = submission.userMessage.map { words in
            insertMessage(
                NewMessage(
                    conversation: submission.conversation,
                    owner: submission.owner,
                    role: .user,
                    content: words
                ),
                at: now
            ).id
        }
        let delay = submission.delay ?? .zero
        let request = submission.request.resolvingSeed(using: &generator)
        let lane = submission.reservedFor
        let job = JobRecord(
            seq: nextJobSeq,
            id: .make(at: now.wall, using: &generator),
            messageID: MessageID(rawValue: nextMessageKey),
            conversation: submission.conversation,
            owner: submission.owner,
            lane: lane,
            request: request,
            inputs: submission.inputs.sorted { $0.image.sha256 < $1.image.sha256 },
            batch: batch,
            retryOf: submission.retryOf,
            createdAt: now.wall,
            deadline: submission.deadline.map { now.wall.advanced(by: $0) },
            queuedAt: now.wall.advanced(by: delay),
            priority: submission.priority,
            orderKey: lane == nil ? takeOrderKey(submission.owner, submission.priority) : 0,
            lifecycle: JobLifecycle(scheduled: delay > .zero),
            notBefore: delay > .zero ? now.wall.advanced(by: delay) : nil
        )
        insert(job)
        let position = position(of: job)
        let pending = ImageMessage.pendingMetadata(
            job: job.id,
            position: position,
            prompt: request.prompt,
            batch: batch,
            retryOf: submission.retryOf,
            parent: request.parent
        )
        let message = insertMessage(
            NewMessage(
                conversation: submission.conversation,
                owner: submission.owner,
                role: .assistant,
                content: ImageMessage.pendingContent(prompt: request.prompt),
                metadata: submission.metadata.merging(pending) { _, ours in ours }
            ),
            at: now
        )
        log(job, at: now)
        return SubmitReceipt(
            messageID: message.id,
            jobID: job.id,
            userMessageID: userMessage,
            position: position,
            metadata: message.metadata
        )
    }
}
