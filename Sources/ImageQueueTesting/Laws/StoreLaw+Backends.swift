internal import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension StoreLaw {
    static let backendLaws = [
        backendExclusive, backendFreed, backendTakenOver, backendDrained, backendDrainedReserved, backendUnknown,
        backendReported, backendAsKnown,
    ]

    private static let backendDrained = StoreLaw("backend: drained it takes no job, its running one goes on") { sut in
        let worker = try await sut.worker(1)
        let other = try await sut.worker(2)
        for _ in 0..<4 { try await sut.submit() }
        let running = try await worker.take()
        try await sut.store.setDraining(true, backend: worker.backend)
        try await sut.store.setDraining(true, backend: worker.backend)
        try expect(try await sut.store.brief(on: worker.backend).isDraining, "told")
        try expect(try await sut.store.brief(on: other.backend).isDraining == false, "the other one")
        try expectEqual(try await sut.store.standing(of: running.lease), .held, "the running job")
        try await sut.store.record(running.picture(0), for: running.lease)
        let settlement = try await sut.store.settle(
            running.lease,
            as: .complete([]),
            beginning: nil,
            then: worker.wish()
        )
        try expectEqual(settlement.state, .complete, "the running job's end")
        try expect(settlement.next == nil, "a next job was taken along")
        try expect(try await worker.isIdle(), "a job was taken")
        try await sut.store.releaseBackend(worker.backend, by: worker.id)
        try expect(try await sut.store.holdBackend(worker.backend, for: other.id), "its hold can be had")
        let onIt = ClaimRequest(worker: other.id, backend: worker.backend)
        try expect(try await sut.store.claim(onIt) == nil, "another worker took a job for it")
        try expect(try await other.claim() != nil, "on the other backend")
        try await sut.store.setDraining(false, backend: worker.backend)
        try expect(try await sut.store.brief(on: worker.backend).isDraining == false, "after it was added")
        try expect(try await sut.store.claim(onIt) != nil, "a job after it was added")
    }

    private static let backendDrainedReserved = StoreLaw("backend: drained it gives its reserved job back") { sut in
        let worker = try await sut.worker(1)
        try await sut.submit()
        try await sut.submit()
        let running = try await worker.take()
        let reserved = try await worker.take(reserving: true)
        try await sut.store.setDraining(true, backend: worker.backend)
        try expectEqual(try await sut.store.standing(of: running.lease), .held, "the running job")
        try expectEqual(try await sut.store.standing(of: reserved.lease), .returnRequested, "the reserved job")
        try await sut.store.setDraining(false, backend: worker.backend)
        try expectEqual(try await sut.store.standing(of: reserved.lease), .held, "after it was added")
        try await sut.store.setDraining(false, backend: worker.backend)
        let brief = try await sut.store.brief(on: worker.backend)
        try expectEqual(
            brief,
            BackendBrief(holder: worker.id, additions: 2),
            "each addition is told, that of one at work as well"
        )
        try await sut.store.releaseBackend(worker.backend, by: worker.id)
        try expectEqual(try await sut.store.brief(on: worker.backend), BackendBrief(), "they go with the hold")
    }

    private static let backendAsKnown = StoreLaw("backend: a claim may ask that it stands as it did") { sut in
        let worker = try await sut.worker(1)
        for _ in 0..<4 { try await sut.submit() }
        func claim(ifStill brief: BackendBrief) async throws -> ClaimedJob? {
            try await sut.store.claim(ClaimRequest(worker: worker.id, backend: worker.backend, ifStill: brief))
        }
        let known = try await sut.store.brief(on: worker.backend)
        let claimed = try await claim(ifStill: known)
        try expect(claimed != nil, "nothing was taken, though nothing had changed")
        let orphan = DrawingTask.ID(job: JobID.make(), attempt: 1, number: 0)
        try await sut.store.noteOrphan(orphan, on: worker.backend)
        try expect(try await claim(ifStill: known) == nil, "a job was taken past an orphan")
        try await sut.store.forgetOrphan(orphan, on: worker.backend)
        try expect(try await claim(ifStill: known) != nil, "nothing was taken once the orphan was forgotten")
        try await sut.store.setDraining(false, backend: worker.backend)
        try expect(try await claim(ifStill: known) == nil, "a job was taken past an addition")
        let now = try await sut.store.brief(on: worker.backend)
        try expect(try await claim(ifStill: now) != nil, "nothing was taken by the new brief")
    }

    private static let backendUnknown = StoreLaw("backend: an unknown one is neither drained nor added") { sut in
        let worker = try await sut.worker(1)
        let unknown = BackendID(rawValue: "http://127.0.0.1:9")
        try await expectRefusal(.notFound, "drained") { try await sut.store.setDraining(true, backend: unknown) }
        try await expectRefusal(.notFound, "added") { try await sut.store.setDraining(false, backend: unknown) }
        try expectEqual(try await sut.store.backends().map(\.backend), [worker.backend], "the backends")
        try await sut.store.setDraining(true, backend: worker.backend)
        try await sut.store.unregister(worker.id)
        let left = BackendStatus(backend: worker.backend, isDraining: true)
        try expectEqual(try await sut.store.backends(), [left], "drained, and its worker gone")
        try await sut.store.setDraining(false, backend: worker.backend)
        try expectEqual(try await sut.store.backends(), [], "added, and nobody draws there")
    }

    private static let backendReported = StoreLaw(
        "backend: its holder's newest report is told, for as long as it holds"
    ) {
        sut in
        let worker = try await sut.worker(1)
        let other = try await sut.worker(2)
        let open = BackendReport(breaker: .open(until: Date(timeIntervalSince1970: 1_700_000_000)), isShared: false)
        for report in [BackendReport(breaker: .closed, isShared: true), open] {
            try await sut.store.note(report, on: worker.backend, by: worker.id)
            try await sut.store.note(
                BackendReport(breaker: .halfOpen, isShared: true),
                on: worker.backend,
                by: other.id
            )
            let status = BackendStatus(backend: worker.backend, holder: worker.id, report: report)
            let untold = BackendStatus(backend: other.backend, holder: other.id)
            try expectEqual(try await sut.store.backends(), [status, untold], "the backends")
        }
        try await sut.store.releaseBackend(worker.backend, by: worker.id)
        let free = BackendStatus(backend: worker.backend)
        try expectEqual(try await sut.store.backends().first, free, "given up")
    }

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
