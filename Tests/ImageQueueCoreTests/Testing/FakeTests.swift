import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Fakes", .timeLimit(.minutes(1)))
struct FakeTests {
    static func task(seed: Int64 = 7, number: Int = 0) -> DrawingTask {
        var request = TextToImageRequest(prompt: "kedi")
        request.seed = seed
        return DrawingTask(id: DrawingTask.ID(job: .make(), attempt: 1, number: number), request: request)
    }

    @Test("The generator follows its script, then draws at once")
    func script() async throws {
        let failure = GenerationError(.outOfMemory, message: "full")
        let generator = FakeImageGenerator(script: [
            .failing(failure), .init(progress: [DrawingProgress(fraction: 0.5)], warnings: ["another sampler"]),
        ])
        let told = Lock<[Double]>([])
        let error = await #expect(throws: GenerationError.self) {
            try await generator.draw(Self.task()) { _ in }
        }
        #expect(error?.failureClass == .outOfMemory)
        let arriving = try await generator.draw(Self.task()) { progress in
            told.withLock { $0.append(progress.fraction) }
        }
        let picture = try await arriving.image()
        #expect(told.withLock { $0 } == [0.5])
        #expect(picture.warnings == ["another sampler"])
        _ = try await generator.draw(Self.task()) { _ in }
        #expect(generator.drawn.count == 3)
    }

    @Test("The generator's pictures are PNGs of one pixel that depend on the seed alone")
    func pictures() async throws {
        let generator = FakeImageGenerator()
        let first = try await generator.draw(Self.task(seed: 7), onProgress: { _ in }).image()
        let again = try await generator.draw(Self.task(seed: 6, number: 1), onProgress: { _ in }).image()
        let other = try await generator.draw(Self.task(seed: 8), onProgress: { _ in }).image()
        #expect(first.bytes == again.bytes)
        #expect(first.bytes != other.bytes)
        #expect(ImageFormat(signatureOf: first.bytes) == .png)
        #expect((first.width, first.height, first.seed) == (1, 1, 7))
        // Written by an independent encoder (Python's zlib and struct) for seed 7.
        let wanted =
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489000000104944415478010105"
            + "00faff0000000007000c0008a055ca030000000049454e44ae426082"
        #expect(Self.hexadecimal(first.bytes) == wanted)
    }

    @Test("A hanging picture comes once it is released, or interrupted")
    func hanging() async throws {
        let generator = FakeImageGenerator(script: [.hanging, .hanging])
        let task = Self.task()
        async let first = generator.draw(task) { _ in }
        await generator.draws(atLeast: 1)
        generator.release()
        _ = try await first
        #expect(try await generator.interrupt(task.id) == .notRunning)
        async let second = generator.draw(task) { _ in }
        await generator.draws(atLeast: 2)
        #expect(try await generator.interrupt(task.id) == .sent)
        _ = try await second
        generator.answerInterrupts(with: .impossible)
        #expect(try await generator.interrupt(task.id) == .impossible)
        #expect(generator.calls.count == 5)
    }

    @Test("A cancelled task gets no picture of one that hangs")
    func cancelled() async {
        let generator = FakeImageGenerator(script: [.hanging])
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    _ = try await generator.draw(Self.task()) { _ in }
                    return false
                } catch {
                    return error is CancellationError
                }
            }
            await generator.draws(atLeast: 1)
            group.cancelAll()
            #expect(await group.next() == true)
        }
    }

    @Test("The generator is well until it is told otherwise")
    func health() async throws {
        let generator = FakeImageGenerator()
        try await generator.checkHealth()
        generator.becomeIll(GenerationError(.unavailable, message: "refused"))
        await #expect(throws: GenerationError.self) { try await generator.checkHealth() }
        generator.becomeIll(nil)
        try await generator.checkHealth()
    }

    @Test(
        "Files are kept with their true length and SHA-256 (FIPS 180-4's examples)",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                String(repeating: "a", count: 1_000_000),
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
            ),
        ]
    )
    func files(text: String, digest: String) async throws {
        let files = InMemoryImageFiles()
        let name = Self.name(attempt: 1, number: 0)
        let stored = try await files.store(Data(text.utf8), as: name)
        #expect(stored == StoredFile(path: name.path, byteCount: text.utf8.count, sha256: digest))
        #expect(files.files[name.path] == Data(text.utf8))
        #expect(files.location(ofPath: name.path).path.hasSuffix(name.path))
    }

    @Test("Exactly an attempt's files are removed, but for those that are kept")
    func removal() async throws {
        let files = InMemoryImageFiles()
        let names = [
            Self.name(attempt: 1, number: 0), Self.name(attempt: 1, number: 1), Self.name(attempt: 12, number: 0),
        ]
        for name in names { _ = try await files.store(Data([1]), as: name) }
        files.leave(Data(), at: names[0].path + ".half")
        try await files.removeFiles(
            ofAttempt: 1,
            job: names[0].job,
            createdAt: names[0].createdAt,
            keeping: [names[1].path]
        )
        #expect(Set(files.files.keys) == [names[1].path, names[2].path])
        files.fail(with: QueueError(code: .filesUnavailable, message: "full"))
        await #expect(throws: QueueError.self) { try await files.check() }
        await #expect(throws: QueueError.self) { try await files.store(Data(), as: names[0]) }
    }

    @Test("The callback remembers what it was given, and behaves as it is told")
    func callback() async throws {
        let event = JobEvent(
            kind: .queued,
            isFinal: false,
            cursor: EventCursor(log: "a", sequence: 1),
            at: .now,
            jobID: .make()
        )
        let calm = RecordingCallback()
        try await calm.body(event)
        #expect(calm.events == [event])
        let failing = RecordingCallback { _ in .fails(GenerationError(.timedOut, message: "late")) }
        await #expect(throws: GenerationError.self) { try await failing.body(event) }
        let hanging = RecordingCallback { _ in .hangs }
        async let call: Void = hanging.body(event)
        await hanging.events(atLeast: 1)
        hanging.release()
        try await call
    }

    @Test("A worker draws with fakes alone, from submit to the stored picture")
    func together() async throws {
        let sut = StoreUnderTest.inMemory()
        let queue = ImageQueue(store: sut.store)
        let files = InMemoryImageFiles()
        let generator = FakeImageGenerator(script: [
            .picture, .failing(GenerationError(.backendFailed, message: "once")),
        ])
        var configuration = WorkerConfiguration()
        configuration.stopsWhenDrained = true
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        let done = try await queue.submit(submission)
        submission.request.drawing?.prompt = "köpek"
        let failed = try await queue.submit(submission)
        let worker = ImageWorker(
            queue: queue,
            backends: [generator],
            files: files,
            configuration: configuration,
            clock: ManualClock()
        )
        try await worker.run()
        let job = try #require(try await queue.status(of: done.jobID))
        #expect(job.state == .complete)
        #expect(files.files.keys.sorted() == job.images.map(\.path))
        #expect(try await queue.status(of: failed.jobID)?.failure?.code == .backendFailed)
        #expect(try await sut.store.workers().isEmpty)
    }

    static let job = JobID.make()

    static func name(attempt: Int, number: Int) -> ImageFileName {
        ImageFileName(
            job: job,
            createdAt: Date(timeIntervalSince1970: 1_795_521_600),
            attempt: attempt,
            number: number,
            format: .png
        )
    }

    static func hexadecimal(_ data: Data) -> String {
        data.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
