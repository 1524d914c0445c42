import ImageQueueCore

extension StoreLaw {
    static let backendLaws = [backendExclusive, backendFreed, backendTakenOver]

    private static let backendExclusive = StoreLaw("backend: it is held by one worker at a time") { sut in
        let holder = try await sut.worker(1)
        let other = try await sut.worker(2)
        let store = sut.store
        try expect(try await store.holdBackend(holder.backend, for: holder.id), "its own hold, again")
        try expect(try await store.holdBackend(holder.backend, for: other.id) == false, "another's hold")
        try await store.releaseBackend(holder.backend, by: other.id)
        try expect(try await store.holdBackend(holder.backend, for: other.id) == false, "given up by a stranger")
        var workers = [holder, other]
        for port in 3..<12 { workers.append(try await sut.worker(port)) }
        let all = workers
        let contested = BackendID(rawValue: "http://127.0.0.1:9")
        let holds = try await sut.atOnce(all.count) { try await store.holdBackend(contested, for: all[$0].id) }
        try expectEqual(holds.filter(\.self).count, 1, "winners of a race")
    }

    private static let backendFreed = StoreLaw("backend: given up or left behind it is free") { sut in
        let first = try await sut.worker(1)
        let second = try await sut.worker(2)
        try await sut.store.releaseBackend(first.backend, by: first.id)
        try expect(try await sut.store.holdBackend(first.backend, for: second.id), "after it was given up")
        try await sut.store.unregister(second.id)
        try expect(try await sut.store.holdBackend(first.backend, for: first.id), "after its holder left")
        try expect(try await sut.store.holdBackend(second.backend, for: first.id), "the other one too")
        let holds = try await sut.store.workers().first?.holds
        try expectEqual(Set(holds ?? []), [first.backend, second.backend], "what the worker holds")
    }

    private static let backendTakenOver = StoreLaw("backend: a dead or hung holder's is taken over") { sut in
        let dead = try await sut.worker(1)
        let hung = try await sut.worker(2, lease: .seconds(30))
        let heir = try await sut.worker(3)
        try await sut.submit()
        let claimed = try await dead.take()
        try await sut.killWorker(dead.id)
        try expect(try await sut.store.holdBackend(dead.backend, for: heir.id), "the dead one's")
        try expectEqual(try await sut.store.standing(of: claimed.lease), .lost, "the dead one's lease")
        try expect(try await sut.store.holdBackend(hung.backend, for: heir.id) == false, "within the lease")
        sut.clock.advance(by: .seconds(30))
        try expect(try await sut.store.holdBackend(hung.backend, for: heir.id), "the hung one's")
        let onIt = ClaimRequest(worker: heir.id, backend: dead.backend)
        try expect(try await sut.store.claim(onIt) != nil, "the job can be drawn there")
    }
}
