internal import Crypto
internal import ImageQueueConcurrency
public import ImageQueueCore

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Picture files in a directory: whole under their names, or not there.
///
/// A file is written under a temporary name in its folder, synced, renamed, and its folder synced. It and its folders
/// are this user's alone (0600, 0700). All of it happens on a thread of the library's own, one call after the other: a
/// call whose task is cancelled before its turn throws `CancellationError` and does nothing,
/// one that has begun is carried out.
public final class DirectoryImageFiles: ImageFiles {
    private let directory: String
    private let folder: PictureFolder

    /// Pictures below a directory, which is made when it is first needed.
    ///
    /// - Parameter directory: a path; a relative one is taken from the working directory now.
    /// - Throws: ``StoreError`` with code `invalid_path`.
    public init(directory: String) throws {
        self.directory = try Path.absolute(directory)
        folder = PictureFolder(path: self.directory)
    }

    /// Writes a small file, and leaves none.
    ///
    /// - Throws: ``QueueError``: `files_unavailable`, `closed`; or `CancellationError`.
    public func check() async throws {
        try await run { try await folder.check() }
    }

    /// See ``ImageFiles/store(_:as:)``.
    ///
    /// - Throws: ``QueueError``: `files_unavailable`, `closed`; or `CancellationError`.
    public func store(_ bytes: Data, as name: ImageFileName) async throws -> StoredFile {
        let path = name.path
        return try await run {
            let sha256 = try await folder.store(Array(bytes), at: path) { Self.digest($0) }
            return StoredFile(path: path, byteCount: bytes.count, sha256: sha256)
        }
    }

    /// See ``ImageFiles/bytes(ofPath:)``.
    ///
    /// - Throws: ``QueueError``: `not_found` if the file is gone, `files_unavailable`, `closed`;
    ///   or `CancellationError`.
    public func bytes(ofPath path: String) async throws -> Data {
        do {
            return Data(try await run { try await folder.read(path) })
        } catch let error as QueueError where (error.cause as? StoreError)?.tellsMissingFile == true {
            throw QueueError(
                code: .notFound,
                message: "The picture's file is gone: \(directory)/\(path)",
                cause: error
            )
        }
    }

    /// See ``ImageFiles/removeFiles(ofAttempt:job:createdAt:keeping:)``.
    ///
    /// - Throws: ``QueueError``: `files_unavailable`, `closed`; or `CancellationError`.
    public func removeFiles(
        ofAttempt attempt: Int,
        job: JobID,
        createdAt: Date,
        keeping paths: Set<String>
    ) async throws {
        let prefix = ImageFileName.attemptPrefix(job: job, attempt: attempt)
        try await run {
            let found = try await folder.list("\(ImageFileName.folder(createdAt: createdAt))/\(prefix)")
            try await folder.remove(found.filter { !paths.contains($0) })
        }
    }

    /// The absolute place of a file.
    public func location(ofPath path: String) -> URL {
        URL(filePath: directory + "/" + path)
    }

    /// Carries out what was asked for before and ends the thread. Idempotent.
    public func close() async { await folder.close() }

    static func digest(_ bytes: [UInt8]) -> String {
        assertOwnThread()
        return SHA256.hash(data: bytes).hexadecimal
    }

    private func run<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as StoreError {
            throw QueueError(
                code: error.code == .closed ? .closed : .filesUnavailable,
                message: error.message,
                cause: error
            )
        }
    }
}
