#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Where picture files are kept.
///
/// Each method may throw `CancellationError` where its task was cancelled before it began; what has begun is carried
/// out. After it was closed it throws ``QueueError`` with code `closed`.
public protocol ImageFiles: Sendable {
    /// Checks that pictures can be written.
    ///
    /// - Throws: ``QueueError`` with code `files_unavailable`, naming the directory and what to do.
    func check() async throws

    /// Writes a whole file so that it survives a power loss, under the name's place; answers what is true of it.
    ///
    /// Nothing stands at that place before the file is whole.
    ///
    /// - Throws: ``QueueError`` with code `files_unavailable`.
    func store(_ bytes: Data, as name: ImageFileName) async throws -> StoredFile

    /// The whole of a stored picture's file.
    ///
    /// - Throws: ``QueueError``: `not_found` if it is gone, `files_unavailable`.
    func bytes(ofPath path: String) async throws -> Data

    /// Removes every file of an attempt, half-written ones too, but for those that are to be kept. One that is gone
    /// already is no error.
    ///
    /// - Throws: ``QueueError`` with code `files_unavailable`; some may have been removed by then,
    ///   and to ask again is safe.
    func removeFiles(ofAttempt attempt: Int, job: JobID, createdAt: Date, keeping paths: Set<String>) async throws

    /// The absolute place of a file, for people and programs on this machine.
    func location(ofPath path: String) -> URL
}

/// Says where a picture belongs, by what is known of it alone.
public struct ImageFileName: Sendable, Hashable {
    /// The job.
    public var job: JobID
    /// When the job was submitted; its date (UTC) is the folder.
    public var createdAt: Date
    /// The attempt.
    public var attempt: Int
    /// The picture, from 0.
    public var number: Int
    /// The format, which gives the extension.
    public var format: ImageFormat

    /// A picture's name.
    public init(job: JobID, createdAt: Date, attempt: Int, number: Int, format: ImageFormat) {
        self.job = job
        self.createdAt = createdAt
        self.attempt = attempt
        self.number = number
        self.format = format
    }

    /// The folder below the image directory: `yyyy/mm/dd`.
    public static func folder(createdAt: Date) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.year, .month, .day], from: createdAt)
        func digits(_ value: Int?, _ count: Int) -> String {
            let text = String(value ?? 0)
            return String(repeating: "0", count: max(0, count - text.count)) + text
        }
        return "\(digits(parts.year, 4))/\(digits(parts.month, 2))/\(digits(parts.day, 2))"
    }

    /// The beginning of the names of all files of an attempt.
    public static func attemptPrefix(job: JobID, attempt: Int) -> String { "\(job)-\(attempt)-" }

    /// The place below the image directory: `yyyy/mm/dd/<job>-<attempt>-<number>.<ext>`.
    public var path: String {
        let prefix = Self.attemptPrefix(job: job, attempt: attempt)
        return "\(Self.folder(createdAt: createdAt))/\(prefix)\(number).\(format.fileExtension)"
    }
}

/// What is true of a file that was written.
public struct StoredFile: Sendable, Hashable {
    /// Its place below the image directory.
    public var path: String
    /// Its length in bytes.
    public var byteCount: Int
    /// The SHA-256 of its bytes, 64 lower-case hexadecimal digits.
    public var sha256: String

    /// A written file.
    public init(path: String, byteCount: Int, sha256: String) {
        self.path = path
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}
