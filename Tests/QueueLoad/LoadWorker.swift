import Foundation
import ImageQueueCore

/// Claims and completes one job after the other, as a worker whose backend takes no time.
struct LoadWorker {
    let store: any JobStore
    let number: Int

    func run(until end: ContinuousClock.Instant) async throws -> Tally {
        let process = ProcessInfo.processInfo.processIdentifier
        let backend = BackendID(rawValue: "http://load.invalid:\(process)/\(number)")
        let worker = WorkerRegistration(host: "load", processID: process, backends: [backend])
        try await store.register(worker)
        guard try await store.holdBackend(backend, for: worker.id) else {
            throw QueueError(code: .staleLease, message: "The backend \(backend) is held already.")
        }
        let wish = ClaimRequest(worker: worker.id, backend: backend)
        var tally = Tally()
        var held: ClaimedJob?
        while held != nil || ContinuousClock.now < end {
            guard let job = held else {
                held = await tally.time { try await store.claim(wish) } ?? nil
                // Nothing there: whoever submits is to have the cores.
                if held == nil { try await Task.sleep(for: .milliseconds(1)) }
                continue
            }
            let next = ContinuousClock.now < end ? wish : nil
            let settlement = await tally.time {
                try await store.settle(job.lease, as: .complete([]), beginning: nil, then: next)
            }
            tally.count += settlement?.state == .complete ? 1 : 0
            held = settlement?.next
        }
        try await store.unregister(worker.id)
        return tally
    }
}
