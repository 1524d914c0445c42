internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// A store with a registered worker that draws in no time.
struct BenchWorker {
    let store: SQLiteJobStore
    let queue: ImageQueue
    let claim: ClaimRequest
    let id: WorkerID
    let path: String

    init(path: String, isWorking: Bool = true, name: String = "1") async throws {
        self.path = path
        store = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
        queue = ImageQueue(store: store)
        let process = ProcessInfo.processInfo.processIdentifier
        let backend = BackendID(rawValue: "http://bench.invalid:\(process)/\(name)")
        let worker = WorkerRegistration(host: "bench", processID: process, backends: [backend])
        id = worker.id
        claim = ClaimRequest(worker: worker.id, backend: backend)
        guard isWorking else { return }
        try await store.register(worker)
        guard try await store.holdBackend(backend, for: worker.id) else { throw Failure("the backend is held") }
    }

    func claimed() async throws -> ClaimedJob {
        guard let job = try await store.claim(claim) else { throw Failure("nothing to claim") }
        return job
    }

    @discardableResult
    func complete(
        _ lease: Lease,
        beginning: Lease? = nil,
        then next: ClaimRequest? = nil
    ) async throws -> Settlement {
        try await store.settle(
            lease,
            as: .complete([JobTexts.image(of: lease)]),
            beginning: beginning,
            then: next
        )
    }

    func completeOne() async throws {
        try await complete(claimed().lease)
    }

    /// Complete one, begin the reserved one and reserve the next, in one transaction each, as a worker does whose pictures
    /// are short.
    func cycle(count: Int) async throws {
        var reserving = claim
        reserving.isReserving = true
        var held = try await claimed()
        var reserved = try await store.claim(reserving)
        for _ in 0..<count {
            let settled = try await complete(held.lease, beginning: reserved?.lease, then: reserving)
            guard let next = reserved else { throw Failure("nothing to claim") }
            held = next
            reserved = settled.next
        }
        for left in [held, reserved].compactMap(\.self) {
            _ = try await store.settle(left.lease, as: .released(after: .zero), beginning: nil, then: nil)
        }
    }

    func close() async {
        try? await store.unregister(id)
        await store.close()
    }
}
