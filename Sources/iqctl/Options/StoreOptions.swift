import ArgumentParser
import Foundation
import ImageQueueCore
import ImageQueueStore
import Logging

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
        help: ArgumentHelp(
            "How many workers a job may kill before it is set aside.",
            discussion: "IQCTL_DEATH_LIMIT; by default 3. The same for all who use a database.",
            valueName: "number"
        )
    )
    var deathLimit: Int?

    static let environmentHelp = """
        ENVIRONMENT
          IQCTL_DATABASE         the database file, as --database
          IQCTL_IMAGE_DIRECTORY  the folder of the pictures, as --image-directory
          IQCTL_DEATH_LIMIT      how many workers a job may kill, as --death-limit
          IQCTL_FORGE_URL        where Forge is, as --forge
          IQCTL_FORGE_AUTH       user:password for Forge; never an argument
        """

    var databasePath: String { path(database ?? Places.current.setting("IQCTL_DATABASE") ?? Places.current.database) }

    /// The folder of the pictures.
    ///
    /// - Throws: `StoreError` if there can be no such folder.
    func files() throws -> DirectoryImageFiles {
        let places = Places.current
        return try DirectoryImageFiles(
            directory: path(imageDirectory ?? places.setting("IQCTL_IMAGE_DIRECTORY") ?? places.images)
        )
    }

    /// Opens the database, and makes it if it isn't there.
    func open() async throws -> SQLiteJobStore {
        var configuration = SQLiteStoreConfiguration(databasePath: databasePath)
        if let limit = try deathLimit ?? environmentDeathLimit() { configuration.deathLimit = limit }
        return try await SQLiteJobStore.open(configuration)
    }

    private func environmentDeathLimit() throws -> Int? {
        guard let text = Places.current.setting("IQCTL_DEATH_LIMIT") else { return nil }
        guard let limit = Int(text), limit > 0 else {
            throw CommandFailure(.refused, "IQCTL_DEATH_LIMIT must be a number from 1, not \"\(text)\".")
        }
        return limit
    }

    /// Runs `body` with a database that must be there, and closes it.
    func withExisting<Result>(_ body: (SQLiteJobStore) async throws -> Result) async throws -> Result {
        guard FileManager.default.fileExists(atPath: databasePath) else {
            throw CommandFailure(
                .noSuchJob,
                "There is no database at \(databasePath) yet. `iqctl submit` makes it; --database names another."
            )
        }
        return try await with(body)
    }

    /// Runs `body` with the database, made if it isn't there, and closes it.
    func with<Result>(_ body: (SQLiteJobStore) async throws -> Result) async throws -> Result {
        let store = try await open()
        do {
            let result = try await body(store)
            await store.close()
            return result
        } catch {
            await store.close()
            throw error
        }
    }

    private func path(_ text: String) -> String {
        URL(filePath: text, relativeTo: URL(filePath: FileManager.default.currentDirectoryPath)).standardizedFileURL
            .path(percentEncoded: false)
    }

    func validate() throws {
        if database?.isEmpty == true { throw ValidationError("--database must name a file.") }
        if let deathLimit, deathLimit < 1 { throw ValidationError("--death-limit must be a number from 1.") }
        if imageDirectory?.isEmpty == true { throw ValidationError("--image-directory must name a folder.") }
    }
}
