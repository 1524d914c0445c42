internal import ArgumentParser
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore
internal import Logging

/// Where the queue is kept.
struct StoreOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The database file.",
            discussion: "IQCTL_DATABASE; by default $XDG_STATE_HOME/iqctl/queue.db.",
            valueName: "file"
        ),
        completion: .file()
    )
    var database: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the pictures.",
            discussion: "IQCTL_IMAGE_DIRECTORY; by default $XDG_DATA_HOME/iqctl/images.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var imageDirectory: String?

    @Option(
        name: .customLong("image-url-template"),
        help: ArgumentHelp(
            "How messages and events name a picture, with {path} for its place below the folder.",
            discussion: "IQCTL_IMAGE_URL_TEMPLATE; by default /images/{path}. Who ends a job writes its URLs.",
            valueName: "text"
        )
    )
    var imageURLTemplate: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many workers a job may kill before it is set aside.",
            discussion: "IQCTL_DEATH_LIMIT; by default 3. The same for all who use a database.",
            valueName: "number"
        )
    )
    var deathLimit: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many jobs may wait in all; one more is refused.",
            discussion: "IQCTL_QUEUE_LIMIT; by default any number.",
            valueName: "number"
        )
    )
    var queueLimit: Int?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "How many jobs of one owner may wait; one more is refused.",
            discussion: "IQCTL_OWNER_LIMIT; by default any number.",
            valueName: "number"
        )
    )
    var ownerLimit: Int?

    static let environmentHelp = """
        ENVIRONMENT
          IQCTL_DATABASE            the database file, as --database
          IQCTL_IMAGE_DIRECTORY     the folder of the pictures, as --image-directory
          IQCTL_IMAGE_URL_TEMPLATE  how events name pictures, as --image-url-template
          IQCTL_DEATH_LIMIT         how many workers a job may kill, as --death-limit
          IQCTL_QUEUE_LIMIT         how many jobs may wait in all, as --queue-limit
          IQCTL_OWNER_LIMIT         jobs of one owner that may wait, as --owner-limit
          IQCTL_FORGE_URL           where Forge is, as --forge; several with commas
          IQCTL_FORGE_AUTH          user:password for Forge; never an argument
        """

    var databasePath: String { path(database ?? Places.current.setting("IQCTL_DATABASE") ?? Places.current.database) }

    /// The folder of the pictures, by its path.
    var imagesPath: String {
        path(imageDirectory ?? Places.current.setting("IQCTL_IMAGE_DIRECTORY") ?? Places.current.images)
    }

    /// Whether there is a database already, or what is left of one whose file was taken away.
    ///
    /// - Throws: ``CommandFailure`` where that can't be seen.
    func isThere() throws -> Bool {
        // An empty file becomes one with the first submit.
        let isFile = try Self.status(of: databasePath).map { $0.st_size > 0 || $0.st_mode & S_IFMT != S_IFREG } ?? false
        return try isFile || Self.status(of: databasePath + "-wal").map { $0.st_size > 0 } ?? false
    }

    /// What is at a path, if anything is.
    ///
    /// - Throws: ``CommandFailure`` where that can't be seen, or a part of the path is no folder.
    static func status(of path: String) throws -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        guard errno != ENOENT else { return nil }
        throw CommandFailure(.storeFailed, "\(path) can't be looked at: \(String(cString: strerror(errno))).")
    }

    /// The folder of the pictures.
    ///
    /// - Throws: `StoreError` if there can be no such folder.
    func files() throws -> DirectoryImageFiles {
        try DirectoryImageFiles(directory: imagesPath)
    }

    /// How to open the database.
    ///
    /// - Throws: ``CommandFailure`` if a limit in the environment is no number from 1,
    ///   or the template there has no `{path}`.
    func configuration() throws -> SQLiteStoreConfiguration {
        var configuration = SQLiteStoreConfiguration(databasePath: databasePath)
        if let template = try template() { configuration.imageURLTemplate = template }
        if let limit = try deathLimit ?? Self.limit("IQCTL_DEATH_LIMIT") { configuration.deathLimit = limit }
        // For the connection that writes, a quarter of what the library takes: a worker of pictures is no slower with it,
        // also with a million jobs.
        configuration.cacheKibibytes = 2_048
        configuration.queueLimit = try queueLimit ?? Self.limit("IQCTL_QUEUE_LIMIT")
        configuration.ownerLimit = try ownerLimit ?? Self.limit("IQCTL_OWNER_LIMIT")
        return configuration
    }

    private func template() throws -> ImageURLTemplate? {
        if let imageURLTemplate { return try ImageURLTemplate(imageURLTemplate) }
        let variable = "IQCTL_IMAGE_URL_TEMPLATE"
        guard let text = Places.current.setting(variable) else { return nil }
        guard let template = try? ImageURLTemplate(text) else {
            throw CommandFailure(.refused, "\(variable) must contain {path}, as /images/{path} does.")
        }
        return template
    }

    private static func limit(_ variable: String) throws -> Int? {
        guard let text = Places.current.setting(variable) else { return nil }
        guard let limit = Int(text), limit > 0 else {
            throw CommandFailure(.refused, "\(variable) must be a number from 1, not \"\(text)\".")
        }
        return limit
    }

    /// Runs `body` with a database that must be there, and closes it.
    func withExisting<Result>(_ body: (SQLiteJobStore) async throws -> Result) async throws -> Result {
        guard try isThere() else {
            throw CommandFailure(
                .noSuchJob,
                "There is no database at \(databasePath) yet. `iqctl submit` makes it; --database names another."
            )
        }
        return try await with(body)
    }

    /// Runs `body` with the database, made if it isn't there, and closes it.
    func with<Result>(_ body: (SQLiteJobStore) async throws -> Result) async throws -> Result {
        let store = try await SQLiteJobStore.open(configuration())
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    /// An absolute path to what the kernel would open: a link is followed before the `..` behind it, as in a host that
    /// is given the same text.
    private func path(_ text: String) -> String {
        let here = FileManager.default.currentDirectoryPath
        return text.hasPrefix("/") || here.isEmpty ? text : here + "/" + text
    }

    func validate() throws {
        if database?.isEmpty == true { throw ValidationError("--database must name a file.") }
        let limits = [("--death-limit", deathLimit), ("--queue-limit", queueLimit), ("--owner-limit", ownerLimit)]
        for case (let name, let limit?) in limits where limit < 1 {
            throw ValidationError("\(name) must be a number from 1.")
        }
        if imageDirectory?.isEmpty == true { throw ValidationError("--image-directory must name a folder.") }
        if let imageURLTemplate, (try? ImageURLTemplate(imageURLTemplate)) == nil {
            throw ValidationError("--image-url-template must contain {path}, as /images/{path} does.")
        }
    }
}
