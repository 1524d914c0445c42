import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("A database that is opened through a link", .timeLimit(.minutes(1)))
struct LinkedDatabaseTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let link: String

    init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.createDirectory(atPath: directory.file("real"), withIntermediateDirectories: false)
        path = directory.file("real/queue.db")
        link = directory.file("link.db")
    }

    private func open(_ path: String) async throws -> SQLiteJobStore {
        try await SQLiteJobStore.open(SQLiteStoreConfiguration(databasePath: path))
    }

    @Test("has the same workers, and the same bell")
    func sameNeighbours() async throws {
        let store = try await open(path)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real/queue.db")
        let backend = BackendID(rawValue: "http://127.0.0.1:1")
        let worker = WorkerRegistration(host: "here", processID: 1, backends: [backend], renewalInterval: nil)
        try await store.register(worker)
        #expect(try await store.holdBackend(backend, for: worker.id))
        let job = try #require(
            try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))]).first?.jobID
        )
        let claimed = try #require(try await store.claim(ClaimRequest(worker: worker.id, backend: backend)))
        let cursor = try await store.snapshot(matching: JobFilter(), as: .operator).cursor

        let other = try await open(link)
        #expect(other.database.path == store.database.path)
        #expect(try await other.job(job, as: .operator)?.state == .processing)
        #expect(try await other.workers().map(\.isAlive) == [true])
        #expect(try await other.snapshot(matching: JobFilter(), as: .operator).cursor.log == cursor.log)
        await other.close()
        #expect(try await store.standing(of: claimed.lease) == .held)
        await store.close()
        #expect(!FileManager.default.fileExists(atPath: link + "-bell"))
        #expect(!FileManager.default.fileExists(atPath: link + "-workers"))
    }

    @Test("through a folder's link, is made where that leads")
    func folder() async throws {
        let folder = directory.file("folder")
        try FileManager.default.createSymbolicLink(atPath: folder, withDestinationPath: "real")
        let store = try await open(folder + "/queue.db")
        #expect(store.database.path.hasSuffix("/real/queue.db"))
        await store.close()
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test("that leads nowhere is refused, and nothing is made")
    func dangling() async throws {
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "real/queue.db")
        let error = await #expect(throws: StoreError.self) { _ = try await open(link) }
        #expect(error?.code == .invalidPath)
        #expect(error?.message.contains(link) == true)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
