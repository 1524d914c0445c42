internal import ImageQueueConcurrency

/// The folders whose names this process has synced into their parents.
final class SyncedFolders: Sendable {
    private let identities = Lock<Set<FileIdentity>>([])

    func contains(_ folder: FileIdentity) -> Bool { identities.withLock { $0.contains(folder) } }

    func insert(_ folder: FileIdentity) {
        identities.withLock { identities in
            // One a day.
            if identities.count > 10_000 { identities = [] }
            identities.insert(folder)
        }
    }
}
