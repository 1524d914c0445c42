import Foundation
import ImageQueueCore
import ImageQueueStore
import ImageQueueTesting
import ProcessSupport
import Testing

extension CrashHarness {
    @Suite struct CrashTests {
        /// How a worker is struck.
        private enum Blow: CaseIterable {
            case atRandom
            case whileWritingAPicture
            case whileCommitting
            case hang
            case hangAndDie
        }

        @Test("However workers die or hang, every acknowledged job ends complete, once, with whole files")
        func kills() async throws {
            let kills = CrashHarness.rounds(short: 15, long: 200)
            let seed = CrashHarness.seed()
            var chance = SeededGenerator(seed: seed)
            try await Sandbox.with(["IQCTL_DEATH_LIMIT": "1000"]) { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 12)
                var configuration = SQLiteStoreConfiguration(databasePath: box.database)
                configuration.deathLimit = 1000
                let store = try await SQLiteJobStore.open(configuration)
                let ledger = Ledger()
                let submitters = Submitters(box: box, queue: ImageQueue(store: store), ledger: ledger)
                let crew = Crew(box, store: store, forge: forge.url, arguments: ["--lease", "1"])
                let (first, second) = (chance.next(), chance.next())
                var tally = Tally()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await submitters.fromProcesses(seed: first) }
                    group.addTask { try await submitters.fromThisProcess(seed: second) }
                    defer { ledger.close() }
                    try crew.hire(2)
                    var turn = 0
                    while tally.kills < kills {
                        try crew.hire(max(0, Int.random(in: 2...4, using: &chance) - crew.workers.count))
                        let blow = Blow.allCases[turn % Blow.allCases.count]
                        try await strike(blow, crew, box, &tally, &chance)
                        turn += 1
                    }
                    // All at once: nobody is left who could see to what they held.
                    for worker in crew.workers { worker.send(SIGKILL) }
                    tally.kills += 1
                    for worker in crew.workers { try await crew.bury(worker) }
                    ledger.close()
                    try await group.waitForAll()
                }
                try await store.sweep()
                let probe = DatabaseProbe(path: box.database)
                #expect(try probe.text("SELECT count(*) FROM jobs WHERE state = 2 OR worker IS NOT NULL") == "0")

                try crew.hire(2)
                try await eventually("every job has ended (seed \(seed))", within: .seconds(180)) {
                    try probe.text("SELECT count(*) FROM jobs WHERE state < 3") == "0" ? () : nil
                }
                await box.untilNoFileIsUnnamed()
                #expect(try await crew.dismiss() == [0, 0])
                await store.close()
                tally.lossesNoticed = crew.lossesNoticed
                try CrashVerdict(box: box, log: try forge.log(), ledger: ledger, tally: tally, seed: seed).check()
            }
        }

        private func strike(
            _ blow: Blow,
            _ crew: Crew,
            _ box: Sandbox,
            _ tally: inout Tally,
            _ chance: inout SeededGenerator
        ) async throws {
            let holder = try await crew.untilSomebodyHolds()
            let victim =
                Int.random(in: 0...4, using: &chance) == 0 ? crew.workers.randomElement(using: &chance) : holder
            guard let victim else { return }
            switch blow {
            case .atRandom:
                // Here and below: the moment of the blow is what is drawn by lot; nothing is waited for.
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...400, using: &chance)))
                victim.send(SIGKILL)
            case .whileWritingAPicture:
                let folder = box.images + "/" + ImageFileName.folder(createdAt: .now)
                tally.pictureAmbushes += try await ambush(holder, [folder], &chance) ? 1 : 0
            case .whileCommitting:
                let paths = [box.database + "-wal", box.database + "-bell"]
                tally.commitAmbushes += try await ambush(holder, paths, &chance) ? 1 : 0
            case .hang, .hangAndDie:
                holder.send(SIGSTOP)
                try await Task.sleep(for: .milliseconds(Int.random(in: 1200...2200, using: &chance)))
                holder.send(SIGCONT)
                tally.hangs += 1
                guard blow == .hangAndDie else { return }
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...60, using: &chance)))
                holder.send(SIGKILL)
            }
            tally.kills += 1
            let isHolder = victim === holder || blow != .atRandom
            if isHolder { tally.holderDeaths.append(.now) }
            try await crew.bury(isHolder ? holder : victim)
        }

        private func ambush(
            _ victim: Launch,
            _ paths: [String],
            _ chance: inout SeededGenerator
        ) async throws -> Bool {
            await Ambush.strike(
                victim.processID,
                onChangeOf: paths,
                microsecondsAfter: UInt32.random(in: 0...1500, using: &chance),
                within: .seconds(3)
            )
        }
    }
}
