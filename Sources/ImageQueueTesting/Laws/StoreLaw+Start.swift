internal import ImageQueueCore

extension StoreLaw {
    static let startLaws = [startAsItWas, startSets, joiningChangesNothing, deadDoNotCount]

    private static func register(_ onStart: StartBehavior, _ sut: StoreUnderTest) async throws -> WorkerID {
        let registration = WorkerRegistration(
            host: "law",
            processID: 1,
            backends: [],
            leaseDuration: .seconds(30),
            renewalInterval: nil,
            onStart: onStart
        )
        try await sut.store.register(registration)
        return registration.id
    }

    private static let startAsItWas = StoreLaw("start: as it was leaves a paused queue paused, and another running") {
        sut in
        for isPaused in [true, false] {
            try await sut.store.setPaused(isPaused)
            let worker = try await register(.asItWas, sut)
            try expectEqual(try await sut.store.isPaused(), isPaused, "after a start")
            try await sut.store.unregister(worker)
        }
    }

    private static let startSets = StoreLaw("start: the first worker decides, durably") { sut in
        for (onStart, wanted) in [(StartBehavior.paused, true), (.run, false), (.paused, true)] {
            let worker = try await register(onStart, sut)
            let another = try await sut.openAnother()
            try expectEqual(try await another.isPaused(), wanted, "after a start with \(onStart)")
            try await sut.store.unregister(worker)
            try expectEqual(try await another.isPaused(), wanted, "after it has left")
        }
    }

    private static let joiningChangesNothing = StoreLaw("start: who joins a living worker changes nothing") { sut in
        let first = try await register(.run, sut)
        _ = try await register(.paused, sut)
        try expectEqual(try await sut.store.isPaused(), false, "after a second start")
        try await sut.store.setPaused(true)
        _ = try await register(.run, sut)
        try expectEqual(try await sut.store.isPaused(), true, "after a third start")
        try expect(try await sut.store.renew(first), "the first one lives")
    }

    private static let deadDoNotCount = StoreLaw("start: the dead and the hung are nobody to join") { sut in
        let dead = try await register(.run, sut)
        try await sut.killWorker(dead)
        let hung = try await register(.paused, sut)
        try expectEqual(try await sut.store.isPaused(), true, "beside a dead one")
        sut.clock.advance(by: .seconds(30))
        _ = try await register(.run, sut)
        try expectEqual(try await sut.store.isPaused(), false, "beside a hung one")
        try await sut.store.unregister(hung)
    }
}
