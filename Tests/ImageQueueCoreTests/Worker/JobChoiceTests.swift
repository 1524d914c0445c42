import Testing

@testable import ImageQueueCore

@Suite("The choice among the first candidates", .timeLimit(.minutes(1)))
struct JobChoiceTests {
    private func candidate(
        _ model: String?,
        _ priority: Priority = .normal,
        waited: Int = 0,
        job: JobID = .make()
    ) -> ClaimRequest.Candidate {
        ClaimRequest.Candidate(
            job: job,
            owner: .nobody,
            priority: priority,
            model: model,
            isSuspect: false,
            waited: .seconds(waited)
        )
    }

    @Test("Takes the first while nobody knows what is loaded, and after a failure")
    func unknown() {
        var choice = JobChoice()
        #expect(choice.choose([]) == nil)
        let offer = [candidate("a"), candidate("b")]
        #expect(choice.choose(offer) == 0)
        choice.begin("b")
        #expect(choice.choose(offer) == 1)
        choice.fail()
        #expect(choice.choose(offer) == 0)
    }

    @Test("A job that could not begin here twice is passed over, sixteen times, for whatever stands behind it")
    func refused() {
        var choice = JobChoice()
        choice.begin("a")
        let poison = candidate("a", .high)
        let other = candidate("b", .low)
        choice.refuse(poison.job)
        #expect(choice.takes(poison) && choice.choose([poison, other]) == 0)
        choice.refuse(poison.job)
        #expect(choice.choose([poison]) == 0)
        for _ in 0..<JobChoice.passLimit {
            #expect(!choice.takes(poison) && choice.choose([poison, other]) == 1)
            choice.took(other.job)
        }
        #expect(choice.takes(poison) && choice.choose([poison, other]) == 0)
        choice.took(poison.job)
        choice.refuse(other.job)
        choice.refuse(other.job)
        #expect(choice.choose([poison, other, candidate(nil)]) == 2)
        // Where all were refused, the first of those that were least.
        choice.refuse(poison.job)
        #expect(choice.choose([poison, other]) == 1)
    }

    struct Offer: Sendable {
        var models: [String?]
        var urgent: Int
        var loaded: String?
        var wanted: Int
    }

    @Test(
        "Prefers the first with the loaded model, but none that is less urgent",
        arguments: [
            Offer(models: ["a", "b"], urgent: 0, loaded: "a", wanted: 0),
            Offer(models: ["b", "b", "a", "a"], urgent: 0, loaded: "a", wanted: 2),
            Offer(models: ["b", "b", "a"], urgent: 2, loaded: "a", wanted: 0),
            Offer(models: ["b", "a", "a"], urgent: 2, loaded: "a", wanted: 1),
            Offer(models: ["b", "c"], urgent: 0, loaded: "a", wanted: 0),
            Offer(models: ["b", nil], urgent: 0, loaded: nil, wanted: 1),
            Offer(models: [nil, "a"], urgent: 0, loaded: "a", wanted: 1),
        ]
    )
    func prefers(offer: Offer) {
        var choice = JobChoice()
        choice.begin(offer.loaded)
        let candidates = offer.models.enumerated().map { candidate($1, $0 < offer.urgent ? .high : .normal) }
        #expect(choice.choose(candidates) == offer.wanted)
        // Who is told of the first alone takes it only where nobody behind it could be chosen.
        if let first = candidates.first, choice.takes(first) { #expect(offer.wanted == 0) }
        #expect(choice.takes(candidates[0]) == (offer.models[0] == offer.loaded))
    }

    @Test("Passes over the first sixteen times, and not more")
    func passes() {
        var choice = JobChoice()
        choice.begin("a")
        let first = candidate("b")
        for _ in 0..<16 {
            let offer = [first, candidate("a")]
            // A store that rolls back asks again.
            #expect(choice.choose(offer) == 1)
            #expect(choice.choose(offer) == 1)
            choice.took(offer[1].job)
        }
        #expect(choice.takes(first))
        #expect(choice.choose([first, candidate("a")]) == 0)
        choice.took(first.job)
        #expect(choice.choose([candidate("b"), candidate("a")]) == 1)
    }

    @Test("Passes over the first for ten seconds from the first time on, however long it had waited")
    func time() {
        var choice = JobChoice()
        choice.begin("a")
        let job = JobID.make()
        for (waited, wanted) in [(100, 1), (105, 1), (109, 1), (110, 0)] {
            let offer = [candidate("b", waited: waited, job: job), candidate("a")]
            #expect(choice.choose(offer) == wanted)
            choice.took(offer[wanted].job)
        }
    }

    @Test("A job that is first again, or was raised, is passed over no more often for it")
    func interrupted() {
        var choice = JobChoice()
        choice.begin("a")
        let job = JobID.make()
        func offer(behind newer: [ClaimRequest.Candidate], _ priority: Priority = .normal, waited: Int = 0) -> Int? {
            let offer = newer + [candidate("b", priority, waited: waited, job: job), candidate("a", priority)]
            let index = choice.choose(offer)
            if let index { choice.took(offer[index].job) }
            return index
        }
        for _ in 0..<8 { #expect(offer(behind: []) == 1) }
        #expect(offer(behind: [candidate("c")]) == 2)
        #expect(offer(behind: [candidate("c", .high)]) == 0)
        for _ in 0..<7 { #expect(offer(behind: []) == 1) }
        #expect(offer(behind: [], .high) == 1)
        #expect(offer(behind: [], .high) == 0)
    }

    @Test("Alternating models settle down, one on each of two backends")
    func switches() {
        var simulation = ChoiceSimulation(seed: 3, backends: 2)
        for number in 0..<200 { simulation.add(model: number.isMultiple(of: 2) ? "a" : "b", seconds: 1...2, at: 0) }
        simulation.run()
        #expect(simulation.drawn == 200)
        #expect(simulation.switches <= 4, "\(simulation.switches) switches")
    }

    @Test("No job that is first is passed over beyond the bounds, none starves, and it is worth it", arguments: 0..<8)
    func fairness(seed: Int) {
        var totals = (chosen: 0, inOrder: 0)
        for round in 0..<25 {
            var simulation = ChoiceSimulation(seed: UInt64(seed * 1_000 + round), backends: 1 + round % 3)
            simulation.fill(jobs: 200, models: 2 + round % 4, hasUrgent: round.isMultiple(of: 2))
            var inOrder = simulation
            inOrder.isInOrder = true
            simulation.run()
            inOrder.run()
            #expect(simulation.drawn == 200)
            #expect(simulation.complaints.isEmpty, "\(simulation.complaints.prefix(3))")
            totals.chosen += simulation.switches
            totals.inOrder += inOrder.switches
        }
        #expect(totals.chosen < totals.inOrder * 2 / 3, "\(totals)")
    }
}
