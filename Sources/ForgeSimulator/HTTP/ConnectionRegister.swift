internal import ImageQueueConcurrency

/// The open connections of one life of the server.
final class ConnectionRegister: Sendable {
    private let open = Lock<[ObjectIdentifier: Connection]>([:])

    func add(_ connection: Connection) {
        let id = ObjectIdentifier(connection)
        open.withLock { $0[id] = connection }
        connection.whenClosed { [self] in open.withLock { $0[id] = nil } }
    }

    func resetAll() {
        for connection in open.withLock({ Array($0.values) }) { connection.reset() }
    }
}
