import Foundation
import Testing

@testable import ImageQueueStore

/// A directory that goes when its owner does.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        let name = "imagequeue-tests-\(UUID().uuidString)"
        path = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func file(_ name: String) -> String { path + "/" + name }

    /// Everything below it: paths and contents.
    func contents() throws -> [String: Data] {
        var found: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
            found[name] = FileManager.default.contents(atPath: file(name)) ?? Data()
        }
        return found
    }
}

/// Copies a database and its WAL as `kill -9` leaves them, without the index, into a new folder.
///
/// By another process: to open and close the file in this one would drop SQLite's locks on it.
///
/// - Returns: the copy's path.
@discardableResult
func copyAsCrashed(_ path: String, to folder: String) throws -> String {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    let copy = try Process.run(URL(filePath: "/bin/cp"), arguments: [path, path + "-wal", folder])
    copy.waitUntilExit()
    try #require(copy.terminationStatus == 0)
    return folder + "/" + URL(filePath: path).lastPathComponent
}

func permissions(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? -1
}

/// Runs `body` on a thread of the library, as all that blocks must.
@discardableResult
func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let thread = ThreadPool<Void>(name: "test", size: 1, make: {})
    let value = try await thread.run { try body() }
    await thread.close()
    return value
}

/// The code of the ``StoreError`` that `body` throws; nil if it throws none.
func storeErrorCode(_ body: () async throws -> Void) async -> StoreError.Code? {
    do {
        try await body()
        return nil
    } catch {
        return (error as? StoreError)?.code
    }
}
