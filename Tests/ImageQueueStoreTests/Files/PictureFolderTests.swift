import Foundation
import ImageQueueConcurrency
import Testing

@testable import ImageQueueStore

// Two of them listen to all syncs.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct PictureFolderTests {
    private let directory: TemporaryDirectory
    private let folder: PictureFolder

    init() throws {
        directory = try TemporaryDirectory()
        folder = PictureFolder(path: directory.file("data/pictures"))
    }

    @Test("A file is stored whole, private, and found, read and removed again")
    func roundTrip() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try await folder.store(bytes, at: "2026/01/02/job-1-0.png")
        try await folder.store([1], at: "2026/01/02/job-1-1.png")
        try await folder.store([2], at: "2026/01/02/job-11-0.png")
        try await folder.store([3], at: "2026/01/02/job-1-1.png")
        #expect(try await folder.read("2026/01/02/job-1-0.png") == bytes)
        #expect(try await folder.read("2026/01/02/job-1-1.png") == [3])
        #expect(try await folder.list("2026/01/02/job-1-") == ["2026/01/02/job-1-0.png", "2026/01/02/job-1-1.png"])
        #expect(try await folder.list("2026/01/02/").count == 3)
        #expect(try permissions(directory.file("data/pictures/2026/01/02/job-1-0.png")) == 0o600)
        for name in ["data", "data/pictures", "data/pictures/2026", "data/pictures/2026/01/02"] {
            #expect(try permissions(directory.file(name)) == 0o700)
        }
        try await folder.remove(["2026/01/02/job-1-0.png", "2026/01/02/missing.png", "1999/01/01/missing.png"])
        #expect(try await folder.list("2026/01/02/job-1-") == ["2026/01/02/job-1-1.png"])
        #expect(try await folder.list("1999/01/01/").isEmpty)
        await folder.close()
        #expect(await storeErrorCode { try await folder.store([], at: "late") } == .closed)
    }

    /// What is synced within the directory while `body` runs, in order. One at a time may listen.
    private func syncs(while body: () async throws -> Void) async throws -> [String] {
        let root = directory.file("data/pictures")
        let heard = Lock<[String]>([])
        FileDescriptor.onSync.withLock { onSync in
            onSync = { path in
                guard path.hasPrefix(root) else { return }
                heard.withLock { $0.append(String(path.dropFirst(root.count))) }
            }
        }
        defer { FileDescriptor.onSync.withLock { $0 = nil } }
        try await body()
        return heard.withLock(\.self)
    }

    @Test("A file survives a power cut, and so do its folders, whoever made them, and its removal")
    func synced() async throws {
        try FileManager.default.createDirectory(
            atPath: directory.file("data/pictures/2026/01"),
            withIntermediateDirectories: true
        )
        func folders(_ syncs: [String]) -> [String] { syncs.filter { !$0.contains(".part-") } }
        let first = try await syncs { try await folder.store([1], at: "2026/01/02/a.png") }
        #expect(folders(first) == ["", "/2026", "/2026/01", "/2026/01/02"])
        #expect(first.count { $0.contains("a.png.part-") } == 1, "the file itself")
        let second = try await syncs { try await folder.store([1], at: "2026/01/02/b.png") }
        #expect(folders(second) == ["/2026/01/02"], "what is known is not synced again")
        let third = try await syncs { try await folder.remove(["2026/01/02/a.png", "2026/01/02/b.png"]) }
        #expect(third == ["/2026/01/02"])
        try FileManager.default.removeItem(atPath: directory.file("data/pictures/2026/01/02"))
        let fourth = try await syncs { try await folder.store([1], at: "2026/01/02/c.png") }
        #expect(folders(fourth) == ["/2026/01", "/2026/01/02"], "one that is made anew, whatever its number")
    }

    @Test("The look whether files can be stored leaves none, whenever it is cut short")
    func probe() async throws {
        let root = directory.file("data/pictures")
        let names = Lock<[[String]]>([])
        FileDescriptor.onSync.withLock { onSync in
            onSync = { path in
                guard path.hasPrefix(root + "/.check-") else { return }
                let now = try? FileManager.default.contentsOfDirectory(atPath: root)
                names.withLock { $0.append(now ?? ["?"]) }
            }
        }
        defer { FileDescriptor.onSync.withLock { $0 = nil } }
        try await folder.check()
        #expect(names.withLock(\.self) == [[]])
    }

    @Test(
        "A name never leaves the directory",
        arguments: ["", "/etc/passwd", "..", "../x", "a/../../x", "a//b", "./a", "a/.", "a\0b", "a/"]
    )
    func escapes(path: String) async throws {
        #expect(await storeErrorCode { try await folder.store([1], at: path) } == .invalidPath)
        #expect(await storeErrorCode { try await folder.remove([path]) } == .invalidPath)
        #expect(await storeErrorCode { _ = try await folder.read(path) } == .invalidPath)
    }

    @Test("Nor does a link that somebody planted")
    func links() async throws {
        let outside = directory.file("outside")
        try FileManager.default.createDirectory(atPath: outside, withIntermediateDirectories: true)
        try Data("secret".utf8).write(to: URL(fileURLWithPath: outside + "/file"))
        try await folder.store([1], at: "real/file")
        let root = directory.file("data/pictures")
        try FileManager.default.createSymbolicLink(atPath: root + "/link", withDestinationPath: outside)
        try FileManager.default.createSymbolicLink(atPath: root + "/file", withDestinationPath: outside + "/file")
        #expect(await storeErrorCode { try await folder.store([1], at: "link/new") } != nil)
        #expect(await storeErrorCode { try await folder.remove(["link/file"]) } != nil)
        #expect(await storeErrorCode { _ = try await folder.read("link/file") } != nil)
        #expect(await storeErrorCode { _ = try await folder.read("file") } == .invalidPath)
        #expect(await storeErrorCode { _ = try await folder.list("link/") } != nil)
        // Storing under a link's name puts a file in its place; removing it removes the link.
        try await folder.store([9], at: "file")
        #expect(try Data(contentsOf: URL(fileURLWithPath: outside + "/file")) == Data("secret".utf8))
        #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == ["file"])
    }

    @Test("A store that fails leaves nothing")
    func failure() async throws {
        try await folder.store([1], at: "a/b")
        #expect(await storeErrorCode { try await folder.store([1], at: "a/b/c") } == .cannotOpen)
        let long = String(repeating: "n", count: 250)
        #expect(await storeErrorCode { try await folder.store([1], at: "a/" + long) } == .invalidPath)
        #expect(try await folder.list("a/") == ["a/b"])
    }
}
