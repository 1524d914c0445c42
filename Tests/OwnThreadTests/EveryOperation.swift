import ForgeClient
import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueStore
import ImageQueueTesting

/// Uses every public operation once, from a Swift task, over a real file, real pictures and HTTP.
final class EveryOperation: Sendable {
    private let store: SQLiteJobStore
    private let queue: ImageQueue
    private let files: DirectoryImageFiles
    private let worker = WorkerID(rawValue: "every-operation")
    private let conversation = ConversationID(rawValue: "c")
    private let backend = BackendID(rawValue: "http://127.0.0.1:1")
    private let used = Lock<Set<String>>(["SQLiteJobStore.open(_:logger:)"])

    /// - Returns: what was called, named as ``PublicOperations`` names it.
    static func run() async throws -> Set<String> {
        let directory = FileManager.default.temporaryDirectory.appending(path: "iq-threads-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let path = directory.appending(path: "queue.db").path
        let operations = EveryOperation(
            store: try await .open(SQLiteStoreConfiguration(databasePath: path)),
            files: try DirectoryImageFiles(directory: directory.appending(path: "pictures").path)
        )
        try await operations.ask()
        try await operations.talk()
        try await operations.watch()
        try await operations.work()
        try await operations.look()
        try await operations.keepFiles()
        try await operations.draw()
        try await operations.end()
        // Nobody closes it: its threads end, and its connections with them, when it is let go of.
        _ = try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path)).isPaused()
        return operations.used.withLock { $0 }
    }

    private init(store: SQLiteJobStore, files: DirectoryImageFiles) {
        self.store = store
        self.files = files
        queue = ImageQueue(store: store)
    }

    @discardableResult
    private func use<Answer>(_ name: String, _ body: () async throws -> Answer) async rethrows -> Answer {
        let answer = try await body()
        _ = used.withLock { $0.insert(name) }
        return answer
    }

    private func submission(_ prompt: String = "kedi", owner: String = "a") -> Submission {
        var request = TextToImageRequest(prompt: prompt)
        request.width = 64
        request.height = 64
        request.steps = 2
        request.seed = 7
        var submission = Submission(request: request)
        submission.owner = Owner(rawValue: owner)
        return submission
    }

    // MARK: - The caller's side

    private func ask() async throws {
        var keyed = submission()
        keyed.key = "once"
        keyed.userMessage = "draw"
        let first = try await use("ImageQueue.submit(_: Submission)") { try await queue.submit(keyed) }
        try await use("ImageQueue.submit(_: [Submission])") { try await queue.submit([submission("two")]) }
        try await use("SQLiteJobStore.submit(_:)") { try await store.submit([submission(), submission(owner: "b")]) }
        try await use("ImageQueue.status(of:as:)") { try await queue.status(of: first.jobID) }
        try await use("SQLiteJobStore.job(_:as:)") { try await store.job(.make(), as: .operator) }
        try await use("ImageQueue.list(_:as:after:limit:)") { try await queue.list() }
        try await use("ImageQueue.counts(of:as:)") { try await queue.counts() }
        try await use("SQLiteJobStore.jobs(matching:as:after:limit:)") {
            try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 10)
        }
        try await use("SQLiteJobStore.counts(of:as:)") { try await store.counts(of: nil, as: .operator) }
        try await use("ImageQueue.cancel(_:mode:as:)") { try await queue.cancel(first.jobID) }
        try await use("SQLiteJobStore.cancel(_:mode:as:)") {
            try await store.cancel(.make(), mode: .now, as: .operator)
        }
        try await use("SQLiteJobStore.cancel(matching:mode:as:)") {
            try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        }
        try await use("ImageQueue.cancel(matching:mode:as:)") { try await queue.cancel(matching: JobFilter()) }
        try await use("ImageQueue.retry(_:as:)") { try await queue.retry(first.jobID) }
        try await use("ImageQueue.again(_:_:as:)") { try await queue.again(first.jobID, .sameSeed) }
        try await use("SQLiteJobStore.inputs(of:as:)") { try await store.inputs(of: first.jobID, as: .operator) }
        try await use("ImageQueue.workers(as:)") { try await queue.workers() }
        try await use("ImageQueue.pause(as:)") { try await queue.pause() }
        try await use("ImageQueue.resume(as:)") { try await queue.resume() }
        try await use("SQLiteJobStore.isPaused()") { try await store.isPaused() }
        try await use("SQLiteJobStore.setPaused(_:)") { try await store.setPaused(false) }
    }

    private func talk() async throws {
        let talk = queue.conversations
        let words = NewMessage(conversation: conversation, owner: Owner(rawValue: "a"), role: .user, content: "hi")
        let message = try await use("Conversations.append(_:key:)") { try await talk.append(words, key: "k") }
        try await use("Conversations.messages(of:as:after:limit:)") { try await talk.messages(of: conversation) }
        try await use("Conversations.message(_:as:)") { try await talk.message(message.id) }
        try await use("Conversations.update(_:content:merging:as:)") {
            try await talk.update(message.id, content: "hello")
        }
        try await use("Conversations.saveReply(from:as:key:)") {
            let pieces = AsyncStream { pieces in
                pieces.yield("a")
                pieces.finish()
            }
            return try await talk.saveReply(from: pieces, as: words, key: "r")
        }
        try await use("SQLiteJobStore.append(_:key:)") { try await store.append(words, key: nil) }
        try await use("SQLiteJobStore.messages(of:as:after:limit:)") {
            try await store.messages(of: conversation, as: .operator, after: nil, limit: 10)
        }
        try await use("SQLiteJobStore.message(_:as:)") { try await store.message(message.id, as: .operator) }
        try await use("SQLiteJobStore.updateMessage(_:content:merging:as:)") {
            try await store.updateMessage(message.id, content: nil, merging: ["mood": "good"], as: .operator)
        }
    }

    private func watch() async throws {
        let heard = Lock(0)
        let callback = SafeCallback(name: "every-operation") { _ in heard.withLock { $0 += 1 } }
        let registration = try await use("ImageQueue.onEvents(matching:as:call:)") {
            try await queue.onEvents(call: callback)
        }
        let job = try await queue.submit(submission()).jobID
        let events = try await use("ImageQueue.events(matching:as:after:)") {
            try await queue.events(matching: JobFilter(jobs: [job]))
        }
        _ = try await queue.cancel(job)
        var iterator = events.makeAsyncIterator()
        while let event = try await use("JobEvents.AsyncIterator.next()", { try await iterator.next() }) {
            if event.isFinal { break }
        }
        let quiet = try await queue.events(matching: JobFilter(owner: Owner(rawValue: "nobody")))
        var beating = quiet.withHeartbeats(every: .milliseconds(1)).makeAsyncIterator()
        let beat = try await use("HeartbeatingJobEvents.AsyncIterator.next()") { try await beating.next() }
        guard case .heartbeat = beat else { throw Failure(what: "no heartbeat came") }
        registration.cancel()
        let start = try await use("ImageQueue.cursor(atSequence:)") { try await queue.cursor(atSequence: 0) }
        try await use("SQLiteJobStore.events(after:matching:as:limit:)") {
            try await store.events(after: start, matching: JobFilter(), as: .operator, limit: 10)
        }
        try await use("SQLiteJobStore.snapshot(matching:as:after:limit:)") {
            try await store.snapshot(matching: JobFilter(), as: .operator, after: nil, limit: 10)
        }
        try await use("JobStore.snapshot(matching:as:)") {
            try await store.snapshot(matching: JobFilter(), as: .operator)
        }
        let observation = try await use("SQLiteJobStore.observe(_:)") { try await store.observe { _ in } }
        observation.cancel()
        try await use("SQLiteJobStore.observeChanges(_:)") { try await store.observeChanges {} }.cancel()
        try await use("JobStore.observeChanges(_:)") { try await InMemoryJobStore().observeChanges {} }.cancel()
    }

    // MARK: - The worker's side

    private func work() async throws {
        _ = try await store.cancel(matching: JobFilter(), mode: .now, as: .operator)
        _ = try await store.submit([submission("one"), submission("two"), submission("three")])
        let registration = WorkerRegistration(id: worker, host: "here", processID: 1, backends: [backend])
        try await use("SQLiteJobStore.register(_:)") { try await store.register(registration) }
        try await use("SQLiteJobStore.holdBackend(_:for:)") { try await store.holdBackend(backend, for: worker) }
        let wish = ClaimRequest(worker: worker, backend: backend, isReserving: false) { $0.isEmpty ? nil : 0 }
        var reserving = wish
        reserving.isReserving = true
        guard let claimed = try await use("SQLiteJobStore.claim(_:)", { try await store.claim(wish) }),
            let reserved = try await store.claim(reserving)
        else { throw Failure(what: "nothing was claimed") }
        try await use("SQLiteJobStore.begin(_:)") { try await store.begin(reserved.lease) }
        try await use("SQLiteJobStore.standing(of:)") { try await store.standing(of: claimed.lease) }
        try await use("SQLiteJobStore.report(_:for:)") {
            try await store.report(JobProgress(fraction: 0.5, picturesDone: 0, remaining: nil), for: claimed.lease)
        }
        try await use("SQLiteJobStore.record(_:for:)") {
            try await store.record(picture(of: claimed), for: claimed.lease)
        }
        try await use("SQLiteJobStore.settle(_:as:beginning:then:)") {
            try await store.settle(claimed.lease, as: .complete([]), beginning: nil, then: wish)
        }
        try await use("SQLiteJobStore.renew(_:)") { try await store.renew(worker) }
        try await use("SQLiteJobStore.workers()") { try await store.workers() }
        try await use("SQLiteJobStore.sweep()") { try await store.sweep() }
        let orphan = DrawingTask.ID(job: reserved.job.id, attempt: 1, number: 0)
        try await use("SQLiteJobStore.noteOrphan(_:on:)") { try await store.noteOrphan(orphan, on: backend) }
        try await use("SQLiteJobStore.orphans(on:)") { try await store.orphans(on: backend) }
        try await use("SQLiteJobStore.forgetOrphan(_:on:)") { try await store.forgetOrphan(orphan, on: backend) }
        try await use("ImageQueue.backends(as:)") { try await queue.backends() }
        try await use("SQLiteJobStore.backends()") { try await store.backends() }
        try await use("ImageQueue.drain(_:as:)") { try await queue.drain(backend) }
        try await use("ImageQueue.add(_:as:)") { try await queue.add(backend) }
        try await use("SQLiteJobStore.setDraining(_:backend:)") { try await store.setDraining(false, backend: backend) }
        try await use("SQLiteJobStore.brief(on:)") { try await store.brief(on: backend) }
        try await use("SQLiteJobStore.note(_:on:by:)") {
            try await store.note(BackendReport(breaker: .closed, isShared: true), on: backend, by: worker)
        }
        try await use("SQLiteJobStore.releaseBackend(_:by:)") { try await store.releaseBackend(backend, by: worker) }
        try await use("SQLiteJobStore.unregister(_:)") { try await store.unregister(worker) }
        // What it held when it went away lies there.
        let remains = try await use("SQLiteJobStore.remains(limit:)") { try await store.remains(limit: 10) }
        guard let first = remains.first else { throw Failure(what: "nothing remains of a worker that left") }
        try await use("SQLiteJobStore.forgetRemains(_:)") { try await store.forgetRemains(first) }
    }

    private func look() async throws {
        try await use("SQLiteJobStore.inspect()") { try await store.inspect() }
        try await use("SQLiteJobStore.prune(olderThan:limit:)") { try await store.prune(olderThan: .zero, limit: 10) }
    }

    private func keepFiles() async throws {
        try await use("DirectoryImageFiles.check()") { try await files.check() }
        let job = JobID.make()
        let name = ImageFileName(job: job, createdAt: .now, attempt: 1, number: 0, format: .png)
        try await use("DirectoryImageFiles.store(_:as:)") { try await files.store(Data([1, 2, 3]), as: name) }
        try await use("DirectoryImageFiles.bytes(ofPath:)") { try await files.bytes(ofPath: name.path) }
        try await use("DirectoryImageFiles.removeFiles(ofAttempt:job:createdAt:keeping:)") {
            try await files.removeFiles(ofAttempt: 1, job: job, createdAt: .now, keeping: [])
        }
    }

    private func picture(of claimed: ClaimedJob) -> GeneratedImage {
        GeneratedImage(
            number: 0,
            attempt: claimed.lease.attempt,
            path: "\(claimed.job.id).png",
            format: .png,
            width: 64,
            height: 64,
            byteCount: 3,
            sha256: String(repeating: "0", count: 64),
            seed: 1,
            prompt: "kedi",
            infotext: nil,
            warnings: []
        )
    }

    private func draw() async throws {
        var settings = SimulatorConfiguration()
        settings.stepTime = .milliseconds(5)
        try await ForgeSimulator.withServer(settings) { try await self.draw(on: $0) }
    }

    private func draw(on forge: ForgeSimulator) async throws {
        let configuration = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
        let generator = ForgeGenerator(configuration: configuration)
        try await use("ForgeGenerator.checkHealth()") { try await generator.checkHealth() }
        try await use("ForgeGenerator.inspect()") { try await generator.inspect() }
        let id = DrawingTask.ID(job: .make(), attempt: 1, number: 0)
        try await use("ForgeGenerator.settleOrphan(_:)") { try await generator.settleOrphan(id) }
        let request = submission().request
        let picture = try await use("ForgeGenerator.draw(_:onProgress:)") {
            try await generator.draw(DrawingTask(id: id, request: request)) { _ in }.image()
        }
        guard picture.format == .png else { throw Failure(what: "no picture came") }
        try await use("ForgeGenerator.interrupt(_:)") { try await generator.interrupt(id) }
        try await work(generator)
    }

    private func work(_ generator: ForgeGenerator) async throws {
        let job = try await queue.submit(submission()).jobID
        var settings = WorkerConfiguration()
        settings.stopsWhenDrained = true
        settings.retention = .seconds(1)
        let worker = ImageWorker(queue: queue, backends: [generator], files: files, configuration: settings)
        try await use("ImageWorker.run(whenRegistered:)") { try await worker.run {} }
        try await use("ImageWorker.run()") { try await worker.run() }
        worker.stop()
        guard try await queue.status(of: job)?.state == .complete else { throw Failure(what: "nothing was drawn") }
        try await use("ImageQueue.upscaling(_:picture:keptIn:as:)") { try await queue.upscaling(job, keptIn: files) }
    }

    private func end() async throws {
        await use("DirectoryImageFiles.close()") { await files.close() }
        await use("SQLiteJobStore.close()") { await store.close() }
    }

    struct Failure: Error {
        var what: String
    }
}
