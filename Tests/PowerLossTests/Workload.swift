import ImageQueueCore
import ImageQueueTesting
import PowerLossVFS

/// Callers that use a store at once until its power is cut, and note what they were told.
struct Workload: Sendable {
    let store: any JobStore
    let ledger: Ledger
    let seed: UInt64
    let prunes: Bool

    /// What bounds an epoch whose cut never comes.
    private static let rounds = 2_000

    func run() async {
        await withTaskGroup { group in
            for number in 0..<3 {
                group.addTask { await untilTheCut(number) { try await call(number, &$0, &$1) } }
            }
            for number in 0..<2 {
                group.addTask { await work(number) }
            }
        }
    }

    /// Jobs that a caller may still cancel.
    private typealias Own = [JobID]

    private func untilTheCut(
        _ number: Int,
        _ round: (inout SeededGenerator, inout Own) async throws -> Void
    ) async {
        var chance = SeededGenerator(seed: seed &+ UInt64(number))
        var own: Own = []
        for _ in 0..<Self.rounds where powerloss_is_cut() == 0 {
            do {
                try await round(&chance, &own)
            } catch {
                note(error)
            }
        }
    }

    private func note(_ error: any Error) {
        if let error = error as? QueueError, error.code == .staleLease { return }
        if powerloss_is_cut() == 0 { ledger.note(surprise: "\(error)") }
    }

    // MARK: - Callers

    private func call(_ number: Int, _ chance: inout SeededGenerator, _ own: inout Own) async throws {
        switch Int.random(in: 0..<20, using: &chance) {
        case 0..<9:
            own.append(try await submit(number, key: nil, &chance))
        case 9..<12:
            own.append(try await submit(number, key: "\(UInt64.random(in: .min ... .max, using: &chance))", &chance))
        case 12..<15:
            try await append(number, &chance)
        case 15..<18:
            guard let job = own.popLast() else { return }
            switch try await store.cancel(job, mode: .now, as: .operator) {
            case .cancelled: ledger.note(.ended(job, .cancelled))
            case .requested: ledger.note(.cancelRequested(job))
            case .alreadyEnded, .notFound: break
            }
        default:
            if prunes { _ = try await store.prune(olderThan: .zero, limit: 10) }
        }
    }

    private func submit(_ number: Int, key: String?, _ chance: inout SeededGenerator) async throws -> JobID {
        var submission = Submission(request: TextToImageRequest(prompt: "kedi \(number)"))
        submission.request.drawing?.pictureCount = Int.random(in: 1...2, using: &chance)
        submission.owner = Owner(rawValue: "owner \(number)")
        submission.conversation = ConversationID(rawValue: "conversation \(number)")
        submission.priority = Priority(rawValue: Int.random(in: 0...2, using: &chance)) ?? .normal
        submission.userMessage = Bool.random(using: &chance) ? "bana kedi çiz" : nil
        submission.key = key
        let count = key == nil ? Int.random(in: 1...2, using: &chance) : 1
        let receipts = try await store.submit(Array(repeating: submission, count: count))
        for receipt in receipts {
            ledger.note(.submitted(receipt.jobID, receipt.messageID))
            if let key { ledger.note(.keyed(receipt.jobID, key)) }
            if let id = receipt.userMessageID { ledger.note(.appended(id, "bana kedi çiz")) }
        }
        guard let first = receipts.first else { throw QueueError(code: .notFound, message: "no receipt") }
        return first.jobID
    }

    private func append(_ number: Int, _ chance: inout SeededGenerator) async throws {
        let mark = "\(UInt64.random(in: .min ... .max, using: &chance))"
        let message = NewMessage(
            conversation: ConversationID(rawValue: "conversation \(number)"),
            owner: Owner(rawValue: "owner \(number)"),
            role: .user,
            content: "merhaba \(mark)"
        )
        let stored = try await store.append(message, key: Bool.random(using: &chance) ? mark : nil)
        ledger.note(.appended(stored.id, "merhaba \(mark)"))
        _ = try await store.updateMessage(stored.id, content: nil, merging: ["mark": .string(mark)], as: .operator)
        ledger.note(.updated(stored.id, mark))
    }

    // MARK: - The worker

    private func work(_ number: Int) async {
        let backend = BackendID(rawValue: "http://127.0.0.1:\(7860 + number)")
        let worker = WorkerRegistration(host: "test", processID: 1, backends: [backend], renewalInterval: nil)
        var isReady = false
        var next: ClaimedJob?
        var chance = SeededGenerator(seed: ~seed &+ UInt64(number))
        for _ in 0..<Self.rounds where powerloss_is_cut() == 0 {
            do {
                if !isReady {
                    try await store.register(worker)
                    guard try await store.holdBackend(backend, for: worker.id) else {
                        return ledger.note(surprise: "the dead worker still holds its backend")
                    }
                    isReady = true
                }
                let wish = ClaimRequest(worker: worker.id, backend: backend)
                if next == nil { next = try await store.claim(wish) }
                guard let claimed = next else { continue }
                next = nil
                next = try await draw(claimed, wish, &chance)
            } catch {
                note(error)
            }
        }
    }

    private func draw(
        _ claimed: ClaimedJob,
        _ wish: ClaimRequest,
        _ chance: inout SeededGenerator
    ) async throws -> ClaimedJob? {
        var pictures = (0..<claimed.job.request.pictureCount).map { picture($0, of: claimed) }
        let stored = Set(claimed.job.images.map(\.number))
        pictures.removeAll { stored.contains($0.number) }
        try await store.report(JobProgress(fraction: 0.5, picturesDone: stored.count), for: claimed.lease)
        if pictures.count > 1 {
            let first = pictures.removeFirst()
            try await store.record(first, for: claimed.lease)
            ledger.note(.recorded(path: first.path))
        }
        let ending: AttemptEnding =
            switch Int.random(in: 0..<10, using: &chance) {
            case 0: .failed(JobFailure(code: .storageFailed, message: "no"))
            case 1: .retry(JobFailure(code: .storageFailed, message: "once more"), after: .zero)
            case 2: .released(after: .zero)
            default: .complete(pictures)
            }
        let settlement = try await store.settle(
            claimed.lease,
            as: ending,
            beginning: nil,
            then: Bool.random(using: &chance) ? wish : nil
        )
        if settlement.state.isFinal { ledger.note(.ended(claimed.job.id, settlement.state)) }
        if case .complete = ending { for picture in pictures { ledger.note(.recorded(path: picture.path)) } }
        return settlement.next
    }

    private func picture(_ number: Int, of claimed: ClaimedJob) -> GeneratedImage {
        GeneratedImage(
            number: number,
            attempt: claimed.lease.attempt,
            path: "\(claimed.job.id)-\(claimed.lease.attempt)-\(number).png",
            format: .png,
            width: 64,
            height: 64,
            byteCount: 70,
            sha256: String(repeating: "0a", count: 32),
            seed: 1,
            prompt: claimed.job.request.prompt,
            infotext: nil,
            warnings: []
        )
    }
}
