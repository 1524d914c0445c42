import ImageQueueTesting
import Testing

@testable import ImageQueueCore

/// As swift-service-lifecycle has it: a method with a default argument is no witness for it.
private protocol Service: Sendable {
    func run() async throws
}

extension ImageWorker: Service {}

@Suite("What a worker can't run by", .timeLimit(.minutes(1)))
struct WorkerSettingsTests: WorkerScene {
    let store = InMemoryJobStore()
    let files = InMemoryImageFiles()
    let generator = FakeImageGenerator()
    let clock = ManualClock()

    static let settings: [(name: String, change: @Sendable (inout WorkerConfiguration) -> Void)] = [
        ("leaseDuration", { $0.leaseDuration = .zero }),
        ("renewalInterval", { $0.renewalInterval = .zero }),
        ("renewalInterval", { $0.renewalInterval = $0.leaseDuration }),
        // Given up a tenth before its end, it would be so before each renewal.
        ("renewalInterval", { $0.renewalInterval = .seconds(27) }),
        ("breaker.openTime", { $0.breaker.openTime = .zero }),
        ("breaker.shortestWait", { $0.breaker.shortestWait = .zero }),
        ("breaker.longestWait", { $0.breaker.longestWait = .zero }),
        ("slowLook", { $0.slowLook = .zero }),
        ("interruptInterval", { $0.interruptInterval = .seconds(-1) }),
        ("housekeepingInterval", { $0.housekeepingInterval = .zero }),
        ("stopGrace", { $0.stopGrace = .seconds(-1) }),
        ("interruptGrace", { $0.interruptGrace = .seconds(-1) }),
        ("progressInterval", { $0.progressInterval = .seconds(-1) }),
        ("retention", { $0.retention = .seconds(-1) }),
        ("maximumPerOwner", { $0.maximumPerOwner = 0 }),
    ]

    @Test("A setting out of its range is refused by its name, and nothing is registered", arguments: settings.indices)
    func setting(index: Int) async throws {
        let (name, change) = Self.settings[index]
        try await expectRefusal(of: worker(change), naming: name)
    }

    @Test("No backend is refused, and the same one twice, for two requests would be at it")
    func backends() async throws {
        for (generators, word) in [([], "no backend"), ([generator, generator], "twice")] {
            let worker = ImageWorker(queue: ImageQueue(store: store), backends: generators, files: files)
            try await expectRefusal(of: worker, naming: word)
        }
    }

    @Test("Stopped before it runs it returns at once, and registers nothing")
    func stoppedBefore() async throws {
        let worker = worker { $0.onStart = .paused }
        worker.stop()
        try await worker.run { Issue.record("It registered.") }
        #expect(try await !store.isPaused())
    }

    private func expectRefusal(of worker: ImageWorker, naming word: String) async throws {
        let service: any Service = worker
        let error = try await #require(throws: QueueError.self) { try await service.run() }
        #expect(error.code == .invalidRequest)
        #expect(error.message.contains(word))
        #expect(try await store.workers().isEmpty)
    }
}
