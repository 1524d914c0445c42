import Testing

@testable import ImageQueueCore

/// Laws over thousands of random lives of a queue; a failure names the seed.
@Suite("Random lives of a queue", .serialized, .timeLimit(.minutes(5)))
struct QueueTraceTests {
    private func run(
        _ seed: Int,
        rounds: Int,
        _ change: (inout QueueTrace.Shape, Int) -> Void
    ) async throws -> [QueueTrace] {
        var traces: [QueueTrace] = []
        for round in 0..<rounds {
            var shape = QueueTrace.Shape()
            change(&shape, round)
            let number = seed * 100_000 + round
            let trace = QueueTrace(seed: UInt64(number), shape)
            try await trace.run()
            #expect(trace.complaints.isEmpty, "seed \(number), \(shape): \(trace.complaints.prefix(3))")
            #expect(trace.begun.count == shape.jobs, "seed \(number)")
            traces.append(trace)
        }
        return traces
    }

    @Test("Whatever comes: the offer is the order, priority and limits hold, all is drawn", arguments: 0..<10)
    func everything(seed: Int) async throws {
        let traces = try await run(seed, rounds: 200) { shape, round in
            // Most are small, for there are many; some have more than one claim looks at.
            shape.jobs = round.isMultiple(of: 10) ? 40 : 4 + round % 9
            shape.owners = 1 + round % 6
            shape.models = 1 + round % 4
            shape.backends = 1 + round % 3
            shape.limit = round % 3 == 0 ? nil : round % 3
            shape.drains = round.isMultiple(of: 2)
            shape.time = 100...60_000
        }
        #expect(traces.contains { $0.entries.values.contains(where: \.isRaised) }, "nobody waited ten minutes")
    }

    @Test("Ten minutes raise a job once, and not further", arguments: 10..<11)
    func ageing(seed: Int) async throws {
        let traces = try await run(seed, rounds: 40) { shape, _ in
            shape.backends = 1
            shape.time = 30_000...120_000
        }
        let raised = traces.flatMap(\.entries.values).filter(\.isRaised)
        #expect(raised.count > 100, "\(raised.count)")
        for entry in raised {
            let begun = try #require(entry.begunAt)
            #expect(begun.time - entry.submitted >= 600_000)
        }
    }

    /// Without models, limits and priorities, two owners who both wait are drawn in turn.
    @Test("Owners who wait share alike, however much each has asked for", arguments: 20..<22)
    func shares(seed: Int) async throws {
        for trace in try await run(
            seed,
            rounds: 30,
            { shape, round in
                shape.priorities = 1...1
                shape.backends = 1 + round % 3
                shape.time = 100...3_000
            }
        ) {
            let owners = Set(trace.entries.values.map(\.owner))
            for owner in owners {
                for other in owners where other != owner { checkTurns(trace, owner, other) }
            }
        }
    }

    /// While a job of one waits, the other begins at most one job more often than he has jobs that stood before it, or in
    /// its own turn.
    private func checkTurns(_ trace: QueueTrace, _ owner: Owner, _ other: Owner) {
        let mine = trace.entries.values.filter { $0.owner == owner }.sorted { $0.number < $1.number }
        for (first, second) in zip(mine, mine.dropFirst()) {
            guard let from = first.begunAt?.number, let to = second.begunAt?.number, second.begunBefore <= from else {
                continue
            }
            let between = trace.begun[(from + 1)..<to].count { trace.entries[$0]?.owner == other }
            #expect(between <= 2, "\(between) of another between two in turn")
        }
    }

    @Test("One job beside another owner's hundred begins within two job times", arguments: 30..<32)
    func oneBesideHundred(seed: Int) async throws {
        for round in 0..<9 {
            var shape = QueueTrace.Shape()
            shape.jobs = 0
            shape.backends = 1 + round % 3
            let number = seed * 100_000 + round
            let trace = QueueTrace(seed: UInt64(number), shape)
            for _ in 0..<100 { try await trace.submit(owner: 0, priority: 1, time: 1_000) }
            // At a random moment of the hundred.
            try await trace.run(until: Int64(round * 777 % 30_000)) {
                try await trace.submit(owner: 1, priority: 1, time: 1_000)
            }
            #expect(trace.complaints.isEmpty, "seed \(number): \(trace.complaints.prefix(3))")
            let one = try #require(trace.entries.values.first { $0.owner.rawValue == "owner 1" })
            let begun = try #require(one.begunAt, "seed \(number)")
            #expect(begun.time - one.submitted <= 2_000, "seed \(number): \(begun.time - one.submitted) ms")
            #expect(trace.begun.count == 101)
        }
    }

    @Test("Two models over two backends, 200 jobs: at most four switches", arguments: 40..<41)
    func switches(seed: Int) async throws {
        for trace in try await run(
            seed,
            rounds: 6,
            { shape, _ in
                shape.jobs = 200
                shape.alternates = true
                shape.owners = 1
                shape.priorities = 1...1
                shape.models = 2
                shape.pause = 0
                shape.time = 400...800
            }
        ) {
            #expect(trace.switches <= 4, "\(trace.switches) switches")
        }
    }
}
