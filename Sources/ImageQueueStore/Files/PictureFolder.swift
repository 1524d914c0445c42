#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The directory of the pictures: whole files under their names or none, and nothing outside it.
///
/// Every path is walked one part at a time from the open root, never through a symbolic link, so that no name and no
/// link that somebody plants leads out of it.
final class PictureFolder: Sendable {
    private let path: String
    private let threads: ThreadPool<Void>
    private let synced = SyncedFolders()

    /// - Parameter path: absolute; made with mode 0700, parents too, where it is missing.
    init(path: String) {
        self.path = path
        threads = ThreadPool(name: "imagequeue-file", size: 1, make: {})
    }

    /// Stores a file that then survives a power cut under its name: written and synced under a temporary name in the
    /// same folder, renamed, the folder synced, and each newly made folder into its parent.
    /// An existing file is replaced whole.
    ///
    /// - Parameter relativePath: parts separated by `/`; folders are made as needed.
    /// - Throws: `invalid_path`, `disk_full`, `read_only`, `cannot_open`, `io_error`. Nothing is left behind then.
    func store(_ bytes: [UInt8], at relativePath: String) async throws {
        try await store(bytes, at: relativePath) { _ in }
    }

    /// ``store(_:at:)``, and what `digest` says of the bytes, worked out on the same thread.
    func store<Value: Sendable>(
        _ bytes: [UInt8],
        at relativePath: String,
        digest: @escaping @Sendable ([UInt8]) -> Value
    ) async throws -> Value {
        let name = try RelativePath(relativePath)
        return try await run { [synced] root in
            try root.withFolder(name.folders, creatingUnless: synced) { folder in
                try folder.write(bytes, named: name.last)
            }
            return digest(bytes)
        }
    }

    /// Whether files can be stored: writes one without a name.
    ///
    /// - Throws: as ``store(_:at:)``.
    func check() async throws { try await run { try $0.probe() } }

    /// Removes files, and no power cut brings them back. One that isn't there is no error; folders stay.
    func remove(_ relativePaths: [String]) async throws {
        let names = try relativePaths.map { try RelativePath($0) }
        try await run { root in
            for (folders, names) in Dictionary(grouping: names, by: \.folders) {
                try ignoringMissing {
                    try root.withFolder(folders) { folder in
                        for name in names { try ignoringMissing { try folder.remove(name.last) } }
                        // Also where another has removed them: he may not have come so far.
                        try folder.sync()
                    }
                }
            }
        }
    }

    /// The files of one folder whose relative path begins with `prefix`, unfinished temporary ones included; sorted.
    func list(_ prefix: String) async throws -> [String] {
        let name = try RelativePath(prefix, isPrefix: true)
        return try await run { root in
            var found: [String] = []
            try ignoringMissing {
                try root.withFolder(name.folders) { folder in
                    found = try folder.files().filter { $0.hasPrefix(name.last) }
                }
            }
            return found.sorted().map { (name.folders + [$0]).joined(separator: "/") }
        }
    }

    /// The whole of a file.
    func read(_ relativePath: String) async throws -> [UInt8] {
        let name = try RelativePath(relativePath)
        return try await run { root in
            try root.withFolder(name.folders) { folder in try folder.read(name.last) }
        }
    }

    /// Carries out what was asked for before and ends the thread. Idempotent.
    func close() async {
        await threads.close()
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing OpenFolder) throws -> Value
    ) async throws -> Value {
        do {
            return try await threads.run { [path] in
                try PrivateDirectory.create(path)
                return try body(OpenFolder(path: path))
            }
        } catch {
            throw StoreError.wrapping(error, path: path)
        }
    }
}

private func ignoringMissing(_ body: () throws -> Void) throws {
    do {
        try body()
    } catch let error as SystemError where error.errno == ENOENT {
        return
    }
}
