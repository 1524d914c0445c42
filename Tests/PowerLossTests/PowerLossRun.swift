import CSQLite
import Foundation
import ImageQueueCore
import ImageQueueTesting
import PowerLossVFS

@testable import ImageQueueStore

/// Databases that lose their power again and again, and are looked into after each cut.
struct PowerLossRun {
    /// What came of it.
    struct Report: CustomStringConvertible {
        var cuts = 0
        var cutsInSync = 0
        var cutsWhileOpening = 0
        var cutsWithLostSectors = 0
        var operations: Int64 = 0
        var cutsThatLost = 0
        var acknowledged: [String: Int] = [:]
        var losses: [String] = []
        var damages: [String] = []
        var surprises: [String] = []

        /// Counts the cut that has just been.
        mutating func count() {
            cuts += 1
            cutsInSync += Int(powerloss_cut_in_sync())
            cutsWithLostSectors += powerloss_lost_sectors() > 0 ? 1 : 0
            operations += powerloss_operations()
        }

        var description: String {
            let kept = acknowledged.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            return """
                \(cuts) cuts (\(cutsInSync) in a sync, \(cutsWhileOpening) while opening, \(cutsWithLostSectors) with lost \
                sectors), \(operations) writes and syncs; acknowledged: \(kept.joined(separator: ", ")); \
                \(losses.count) losses in \(cutsThatLost) cuts, \(damages.count) damages
                """
        }
    }

    let seed: UInt64
    let durability: Durability

    private static let marker = "iq-power-loss-"
    private static let cutsPerDatabase = 20

    func run(cuts: Int) async throws -> Report {
        guard powerloss_install() == SQLITE_OK else { throw Failure("the VFS can't be registered") }
        var chance = SeededGenerator(seed: seed)
        var report = Report()
        while report.cuts < cuts {
            // Half of them are pruned, and so can't tell whether every event is there.
            let prunes = (report.cuts / Self.cutsPerDatabase).isMultiple(of: 2)
            try await wearOut(cuts: min(Self.cutsPerDatabase, cuts - report.cuts), prunes: prunes, &chance, &report)
        }
        return report
    }

    /// A new database for each cut, at each of the operations that make it.
    func cutWhileMaking(operations: ClosedRange<Int64>, times: Int) async throws -> Report {
        guard powerloss_install() == SQLITE_OK else { throw Failure("the VFS can't be registered") }
        var chance = SeededGenerator(seed: seed)
        var report = Report()
        for operation in operations {
            for _ in 0..<times {
                try await withDirectory { path in
                    try await begin(chance.next(), PowerLossPlan(operation: operation, sync: 0))
                    do {
                        let store = try await open(path, &chance)
                        powerloss_cut()
                        await store.close()
                    } catch {
                        guard powerloss_is_cut() != 0 else { throw error }
                        report.cutsWhileOpening += 1
                    }
                    report.count()
                    try await restore(path, &chance)
                    try await look(path, Ledger(), prunes: false, leavesWAL: false, &chance, &report)
                }
            }
        }
        return report
    }

    private func withDirectory(_ body: (_ path: String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: Self.marker + UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: directory) }
        try await body(directory.appending(path: "queue.db").path)
    }

    private func wearOut(
        cuts: Int,
        prunes: Bool,
        _ chance: inout SeededGenerator,
        _ report: inout Report
    ) async throws {
        try await withDirectory { path in
            let ledger = Ledger()
            for cut in 0..<cuts {
                try await begin(chance.next(), plan(isFirst: cut == 0, &chance))
                try await live(path, ledger, prunes: prunes, &chance, &report)
                report.count()
                try await restore(path, &chance)
                // Not always looked at, so that the next cut may hit the recovery.
                let leavesWAL = Bool.random(using: &chance)
                if Int.random(in: 0..<3, using: &chance) > 0 {
                    try await look(path, ledger, prunes: prunes, leavesWAL: leavesWAL, &chance, &report)
                }
            }
            try await restore(path, &chance)
            try await look(path, ledger, prunes: prunes, leavesWAL: false, &chance, &report)
            report.acknowledged.merge(ledger.counts, uniquingKeysWith: +)
            report.surprises += ledger.surprises
        }
    }

    /// The power comes back, and stays.
    private func restore(_ path: String, _ chance: inout SeededGenerator) async throws {
        try await begin(chance.next(), PowerLossPlan())
        // In shared memory: it goes with the power.
        try? FileManager.default.removeItem(atPath: path + "-shm")
    }

    /// The first cut of a file comes while it is made, most often.
    private func plan(isFirst: Bool, _ chance: inout SeededGenerator) -> PowerLossPlan {
        if Bool.random(using: &chance) {
            return PowerLossPlan(operation: 0, sync: Int64.random(in: 1...(isFirst ? 10 : 60), using: &chance))
        }
        return PowerLossPlan(operation: Int64.random(in: 1...(isFirst ? 60 : 700), using: &chance), sync: 0)
    }

    /// Begins an epoch, once the threads of the last one have closed their files.
    private func begin(_ seed: UInt64, _ plan: PowerLossPlan) async throws {
        let began = ContinuousClock.now
        while powerloss_begin(Self.marker, seed, plan) != 0 {
            guard began.duration(to: .now) < .seconds(20) else { throw Failure("files stay open after close()") }
            await Task.yield()
        }
    }

    /// Uses the store until its power is cut.
    private func live(
        _ path: String,
        _ ledger: Ledger,
        prunes: Bool,
        _ chance: inout SeededGenerator,
        _ report: inout Report
    ) async throws {
        do {
            let store = try await open(path, &chance)
            await Workload(store: store, ledger: ledger, seed: chance.next(), prunes: prunes).run()
            powerloss_cut()
            await store.close()
        } catch {
            guard powerloss_is_cut() != 0 else { throw error }
            report.cutsWhileOpening += 1
        }
    }

    /// Recovers the file and compares it with what was acknowledged.
    private func look(
        _ path: String,
        _ ledger: Ledger,
        prunes: Bool,
        leavesWAL: Bool,
        _ chance: inout SeededGenerator,
        _ report: inout Report
    ) async throws {
        let store = try await open(path, &chance)
        let survivors = try await Survivors(store, prunes: prunes)
        let losses = ledger.settle(with: survivors)
        report.losses += losses
        report.cutsThatLost += losses.isEmpty ? 0 : 1
        report.damages += survivors.damages
        if leavesWAL { powerloss_cut() }
        await store.close()
        if leavesWAL { try await restore(path, &chance) }
    }

    private func open(_ path: String, _ chance: inout SeededGenerator) async throws -> SQLiteJobStore {
        var configuration = SQLiteStoreConfiguration(databasePath: path)
        configuration.strongestDurability = durability
        // Small, so that checkpoints of both kinds happen between the cuts.
        let threshold = Int.random(in: 20...300, using: &chance)
        configuration.checkpoints = Checkpointer.Limits(threshold: threshold, bound: threshold * 3)
        return try await SQLiteJobStore.open(configuration)
    }

    private struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }
}
