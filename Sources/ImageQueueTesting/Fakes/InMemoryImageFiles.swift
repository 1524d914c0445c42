internal import ImageQueueConcurrency
public import ImageQueueCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// ``ImageQueueCore/ImageFiles`` in memory, which can be made to fail.
public final class InMemoryImageFiles: ImageFiles {
    private struct State {
        var files: [String: Data] = [:]
        var failure: QueueError?
        var failures = 0
        var unremovable: JobID?
    }

    private let state = Lock(State())

    /// An empty image directory.
    public init() {}

    /// The files by their paths.
    public var files: [String: Data] { state.withLock { $0.files } }

    /// What checks and stores fail with from now on; `nil` for none.
    public func fail(with error: QueueError?) { state.withLock { $0.failure = error } }

    /// How many checks and stores have failed so far.
    public var failureCount: Int { state.withLock { $0.failures } }

    /// Whose files can't be removed from now on; `nil` for nobody's.
    public func refuseRemoval(of job: JobID?) { state.withLock { $0.unremovable = job } }

    /// Puts a file there that nobody stored, such as one that a dead attempt left half-written.
    public func leave(_ bytes: Data, at path: String) { state.withLock { $0.files[path] = bytes } }

    /// Fails where it was told to.
    public func check() async throws {
        let failure = state.withLock { state in
            if state.failure != nil { state.failures += 1 }
            return state.failure
        }
        if let failure { throw failure }
    }

    /// Keeps the bytes.
    public func store(_ bytes: Data, as name: ImageFileName) async throws -> StoredFile {
        try await check()
        state.withLock { $0.files[name.path] = bytes }
        return StoredFile(path: name.path, byteCount: bytes.count, sha256: SHA256.hexadecimal(of: bytes))
    }

    /// The bytes as they were kept.
    public func bytes(ofPath path: String) async throws -> Data {
        guard let bytes = state.withLock({ $0.files[path] }) else {
            throw QueueError(code: .notFound, message: "The picture's file is gone: \(path)")
        }
        return bytes
    }

    /// Removes what an attempt left, but for what is to be kept. Fails for the job that it was told.
    public func removeFiles(
        ofAttempt attempt: Int,
        job: JobID,
        createdAt: Date,
        keeping paths: Set<String>
    ) async throws {
        guard state.withLock({ $0.unremovable != job }) else {
            throw QueueError(code: .filesUnavailable, message: "The files of \(job) can't be removed.")
        }
        let folder = ImageFileName.folder(createdAt: createdAt)
        let prefix = "\(folder)/\(ImageFileName.attemptPrefix(job: job, attempt: attempt))"
        state.withLock { state in
            state.files = state.files.filter { !$0.key.hasPrefix(prefix) || paths.contains($0.key) }
        }
    }

    /// A place that no file system has.
    public func location(ofPath path: String) -> URL {
        URL(filePath: "/in-memory", directoryHint: .isDirectory).appending(path: path)
    }
}
