import ForgeSimulator
import Foundation
import ProcessSupport
import Testing

extension CrashHarness {
    /// Cancels at random moments, by somebody who has the file open for himself as another process would, against
    /// everything that may happen to a job then, beside a second job on the same Forge.
    @Suite struct CancelRaceTests {
        @Test("cancel(A) never changes B, and its outcome is what then happened")
        func races() async throws {
            let seed = CrashHarness.seed()
            try await Sandbox.with { box in
                var configuration = SimulatorConfiguration()
                configuration.stepTime = .milliseconds(4)
                try await Household.with(box, simulator: configuration) { house in
                    var race = try await CancelRace(queue: house.queue, forge: house.forge, seed: seed)
                    for round in 0..<CrashHarness.rounds(short: 30, long: 350) {
                        try await race.run(CancelRace.Meeting.allCases[round % CancelRace.Meeting.allCases.count])
                    }
                    _ = race.accounts.check(
                        "cancel races",
                        drawn: house.forge.generations.map(Drawn.init),
                        interruptions: house.forge.log.filter { $0.path == "/sdapi/v1/interrupt" }
                            .map(Interruption.init),
                        seed: seed
                    )
                    #expect(house.forge.mostGenerationsAtOnce == 1)
                }
            }
        }
    }
}
