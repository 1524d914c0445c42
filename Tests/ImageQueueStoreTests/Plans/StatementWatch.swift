import CSQLite
import Foundation
import ImageQueueConcurrency

/// Writes down every statement, triggers' included, that runs on databases below a directory, on whichever connection.
///
/// SQLite itself tells: so no new statement of the store can be forgotten.
final class StatementWatch: Sendable {
    private let directory: String
    private let seen = Lock<Set<String>>([])

    private static let watches = Lock<[StatementWatch]>([])
    private static let isInstalled: Bool = {
        let install:
            @convention(c) (OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, OpaquePointer?) ->
                Int32
        install = { connection, _, _ in
            StatementWatch.install(on: connection)
            return SQLITE_OK
        }
        // "The entry point … should have this signature", though it is declared as one without parameters.
        return sqlite3_auto_extension(unsafeBitCast(install, to: (@convention(c) () -> Void).self)) == SQLITE_OK
    }()

    /// - Parameter directory: its databases must not have been opened yet.
    init(directory: String) throws {
        self.directory = directory
        guard Self.isInstalled else { throw CocoaError(.featureUnsupported) }
        Self.watches.withLock { $0.append(self) }
    }

    /// The statements so far that read or change tables.
    var statements: [String] {
        let kinds = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "REPLACE"]
        return seen.withLock { $0 }.filter { text in kinds.contains { text.hasPrefix($0) } }.sorted()
    }

    private static func install(on connection: OpaquePointer?) {
        guard let name = sqlite3_db_filename(connection, "main").map({ String(cString: $0) }) else { return }
        // It stays for the length of the process: a connection may outlive its test by a moment.
        guard let watch = watches.withLock({ $0.first { name.hasPrefix($0.directory) } }) else { return }
        let take:
            @convention(c) (UInt32, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?)
                -> Int32 = { _, context, _, text in
                    guard let context, let text else { return 0 }
                    let statement = String(cString: text.assumingMemoryBound(to: CChar.self))
                    Unmanaged<StatementWatch>.fromOpaque(context).takeUnretainedValue().take(statement)
                    return 0
                }
        sqlite3_trace_v2(connection, UInt32(SQLITE_TRACE_STMT), take, Unmanaged.passUnretained(watch).toOpaque())
    }

    private func take(_ statement: String) {
        _ = seen.withLock { $0.insert(statement.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
}
