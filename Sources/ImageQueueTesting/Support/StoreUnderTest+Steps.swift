internal import ImageQueueCore

/// What laws say often.
extension StoreUnderTest {
    /// Long past whatever a law lets pass.
    static let longLease = Duration.seconds(100 * 86_400)

    @discardableResult
    func submit(
        _ prompt: String = "kedi",
        owner: String = "",
        priority: Priority = .normal,
        _ change: (inout Submission) -> Void = { _ in }
    ) async throws -> SubmitReceipt {
        var submission = Submission(request: TextToImageRequest(prompt: prompt))
        submission.owner = Owner(rawValue: owner)
        submission.priority = priority
        change(&submission)
        return try unwrap(try await store.submit([submission]).first, "a receipt")
    }

    /// Registers a worker and takes a backend for it.
    func worker(
        _ port: Int = 7860,
        scope: WorkerScope = .anyJob,
        lease: Duration = longLease,
        lossFailure: JobFailure = .simulatorGone,
        maximumPerOwner: Int? = nil,
        on store: (any JobStore)? = nil
    ) async throws -> LawWorker {
        let store = store ?? self.store
        let backend = BackendID(rawValue: "http://127.0.0.1:\(port)")
        let registration = WorkerRegistration(
            host: "law",
            processID: 1,
            backends: [backend],
            scope: scope,
            leaseDuration: lease,
            renewalInterval: nil,
            lossFailure: lossFailure,
            maximumPerOwner: maximumPerOwner
        )
        try await store.register(registration)
        let holds = try await store.holdBackend(backend, for: registration.id)
        try expect(holds, "a free backend must be had")
        return LawWorker(store: store, id: registration.id, backend: backend)
    }

    func job(_ id: JobID, file: String = #fileID, line: Int = #line) async throws -> Job {
        try unwrap(try await store.job(id, as: .operator), "job \(id)", file: file, line: line)
    }

    func message(_ id: MessageID, file: String = #fileID, line: Int = #line) async throws -> Message {
        try unwrap(try await store.message(id, as: .operator), "message \(id)", file: file, line: line)
    }

    /// Where the log stands.
    func cursor() async throws -> EventCursor {
        try await store.snapshot(matching: JobFilter(), as: .operator).cursor
    }

    /// The log after a place, or from its beginning.
    func events(
        after cursor: EventCursor? = nil,
        of job: JobID? = nil,
        file: String = #fileID,
        line: Int = #line
    ) async throws -> [JobEvent] {
        let start = EventCursor(log: try await self.cursor().log, sequence: 0)
        let events = try await store.events(
            after: cursor ?? start,
            matching: JobFilter(jobs: job.map { [$0] }),
            as: .operator,
            limit: 100_000
        )
        return try unwrap(events, "events after \(cursor ?? start)", file: file, line: line)
    }

    /// All that a refused verb must leave as it was.
    func trace(of job: JobID) async throws -> Trace {
        let job = try await self.job(job)
        return Trace(job: job, message: try await message(job.messageID), cursor: try await cursor())
    }

    struct Trace: Equatable {
        var job: Job
        var message: Message
        var cursor: EventCursor
    }

    /// Runs one body so often at the same time and gathers what each answers.
    func atOnce<Value: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable (Int) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for index in 0..<count { group.addTask { try await body(index) } }
            var values: [Value] = []
            for try await value in group { values.append(value) }
            return values
        }
    }
}
