import Foundation
import ImageQueueCore
import ImageQueueStore
import ProcessSupport

/// Real `iqctl worker` processes on one queue and one Forge, of which one draws and the others stand by.
final class Crew {
    private let box: Sandbox
    private let store: SQLiteJobStore
    private let arguments: [String]
    private(set) var workers: [Launch] = []
    /// All that ever were.
    private(set) var everybody: [Launch] = []

    init(_ box: Sandbox, store: SQLiteJobStore, forge: String, arguments: [String] = []) {
        self.box = box
        self.store = store
        self.arguments = ["worker", "--forge", forge] + arguments
    }

    func hire(_ count: Int = 1) throws {
        for _ in 0..<count {
            let worker = try box.start(arguments)
            workers.append(worker)
            everybody.append(worker)
        }
    }

    /// The one that draws, as far as the store knows.
    func holder() async throws -> Launch? {
        let holders = try await store.workers().filter { !$0.holds.isEmpty }.map(\.registration.processID)
        return workers.first { holders.contains($0.processID) }
    }

    func untilSomebodyHolds() async throws -> Launch {
        try await eventually("a worker holds the backend") { try await holder() }
    }

    /// Waits for the end of one that was killed.
    func bury(_ worker: Launch) async throws {
        _ = try await worker.finish()
        workers.removeAll { $0 === worker }
    }

    func kill(_ worker: Launch) async throws {
        worker.send(SIGKILL)
        try await bury(worker)
    }

    /// Tells all to stop; answers with how they ended.
    func dismiss() async throws -> [Int32] {
        for worker in workers { worker.send(SIGTERM) }
        var endings: [Int32] = []
        for worker in workers { endings.append(try await worker.finish().status) }
        workers = []
        return endings
    }

    /// How often a worker found out that it had been taken for dead.
    var lossesNoticed: Int {
        everybody.map { $0.standardErrors.components(separatedBy: "swept off the list").count - 1 }.reduce(0, +)
    }
}
