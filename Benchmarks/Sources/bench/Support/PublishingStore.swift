internal import Foundation
internal import ImageQueueCore
internal import Synchronization

/// A store of which only the watching is used: it tells whatever it is asked to.
final class PublishingStore: JobStore {
    private let observer = Mutex(Observer())

    /// A closure that is itself a generic value is wrapped anew with each access, and grows without end.
    private struct Observer {
        var deliver: (@Sendable (StoreDelta) -> Void)?
    }

    private static let log = "bench"
    static let job = JobID.make()

    private struct Observation: StoreObservation {
        let start = EventCursor(log: PublishingStore.log, sequence: 0)
        func cancel() {}
    }

    /// One logged event.
    func delta(_ number: Int) -> StoreDelta {
        let cursor = EventCursor(log: Self.log, sequence: Int64(number))
        return StoreDelta(events: [event(cursor)], cursor: cursor)
    }

    /// How far the job is, beside the log.
    func progress(_ percent: Int, after number: Int) -> StoreDelta {
        let cursor = EventCursor(log: Self.log, sequence: Int64(number))
        var change = event(cursor)
        change.kind = .progress
        change.attempt = 1
        change.status = "processing"
        change.progress = percent
        change.position = nil
        return StoreDelta(progress: [change], cursor: cursor)
    }

    private static let drawn = (0..<100).map { _ in JobID.make() }

    /// As `delta(_:)`, of a job and with texts of its own, as what is read from a log has; or of progress, of a hundred jobs
    /// in turn.
    func ownDelta(_ number: Int, isProgress: Bool) -> StoreDelta {
        var delta = isProgress ? progress(number % 100, after: number) : delta(number)
        func own(_ event: inout JobEvent) {
            event.jobID = isProgress ? Self.drawn[number / 2 % 100] : .make()
            event.conversation = ConversationID(rawValue: "the conversation with the number \(number)")
            event.prompt = String(JobTexts.prompt.prefix(80)) + "\(number)"
            event.imageURLs = ["/images/2026/11/25/\(JobID.make())-1-0.png"]
        }
        if isProgress { own(&delta.progress[0]) } else { own(&delta.events[0]) }
        return delta
    }

    private func event(_ cursor: EventCursor) -> JobEvent {
        JobEvent(
            kind: .queued,
            isFinal: false,
            cursor: cursor,
            at: Date(timeIntervalSince1970: 0),
            jobID: Self.job,
            messageID: MessageID(rawValue: 1),
            conversation: ConversationID(rawValue: "conversation"),
            owner: Owner(rawValue: "owner"),
            status: "queued",
            position: 7,
            prompt: JobTexts.prompt
        )
    }

    func publish(_ number: Int) { publish(delta(number)) }

    func publish(_ delta: StoreDelta) { observer.withLock { $0.deliver }?(delta) }

    func observe(_ deliver: @escaping @Sendable (StoreDelta) -> Void) async throws -> any StoreObservation {
        observer.withLock { $0.deliver = deliver }
        return Observation()
    }

    func snapshot(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> StoreSnapshot {
        StoreSnapshot(jobs: [], cursor: EventCursor(log: Self.log, sequence: 0))
    }

    func events(
        after cursor: EventCursor,
        matching filter: JobFilter,
        as requester: Requester,
        limit: Int
    ) async throws -> [JobEvent]? { [] }

    func jobs(
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken?,
        limit: Int
    ) async throws -> JobPage { JobPage(jobs: [], next: nil) }

    // MARK: Not used

    private var unused: Failure { Failure("this store can only be watched") }

    func submit(_ submissions: [Submission]) async throws -> [SubmitReceipt] { throw unused }
    func job(_ id: JobID, as requester: Requester) async throws -> Job? { throw unused }
    func counts(of owner: Owner?, as requester: Requester) async throws -> JobCounts { throw unused }
    func cancel(_ id: JobID, mode: CancelMode, as requester: Requester) async throws -> CancelOutcome { throw unused }
    func cancel(matching filter: JobFilter, mode: CancelMode, as requester: Requester) async throws
        -> [JobID: CancelOutcome]
    { throw unused }
    func setPaused(_ paused: Bool) async throws { throw unused }
    func isPaused() async throws -> Bool { throw unused }
    func append(_ message: NewMessage, key: String?) async throws -> Message { throw unused }
    func messages(of conversation: ConversationID, as requester: Requester, after: MessageID?, limit: Int) async throws
        -> [Message]
    { throw unused }
    func message(_ id: MessageID, as requester: Requester) async throws -> Message? { throw unused }
    func updateMessage(_ id: MessageID, content: String?, merging patch: Metadata, as requester: Requester) async throws
        -> Message
    { throw unused }
    func register(_ worker: WorkerRegistration) async throws { throw unused }
    func unregister(_ worker: WorkerID) async throws { throw unused }
    func workers() async throws -> [WorkerStatus] { throw unused }
    func holdBackend(_ backend: BackendID, for worker: WorkerID) async throws -> Bool { throw unused }
    func releaseBackend(_ backend: BackendID, by worker: WorkerID) async throws { throw unused }
    func inputs(of job: JobID, as requester: Requester) async throws -> [InputFile] { throw unused }
    func backends() async throws -> [BackendStatus] { throw unused }
    func setDraining(_ draining: Bool, backend: BackendID) async throws { throw unused }
    func brief(on backend: BackendID) async throws -> BackendBrief { throw unused }
    func note(_ report: BackendReport, on backend: BackendID, by worker: WorkerID) async throws { throw unused }
    func orphans(on backend: BackendID) async throws -> [DrawingTask.ID] { throw unused }
    func noteOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws { throw unused }
    func forgetOrphan(_ task: DrawingTask.ID, on backend: BackendID) async throws { throw unused }
    func remains(limit: Int) async throws -> [AttemptRemains] { throw unused }
    func forgetRemains(_ remains: AttemptRemains) async throws { throw unused }
    func renew(_ worker: WorkerID) async throws -> Bool { throw unused }
    func claim(_ request: ClaimRequest) async throws -> ClaimedJob? { throw unused }
    func begin(_ lease: Lease) async throws { throw unused }
    func standing(of lease: Lease) async throws -> LeaseStanding { throw unused }
    func report(_ progress: JobProgress, for lease: Lease) async throws { throw unused }
    func record(_ image: GeneratedImage, for lease: Lease) async throws { throw unused }
    func settle(_ lease: Lease, as ending: AttemptEnding, beginning: Lease?, then next: ClaimRequest?) async throws
        -> Settlement
    { throw unused }
    func sweep() async throws -> Int { throw unused }
    func prune(olderThan age: Duration, limit: Int) async throws -> Bool { throw unused }
}
