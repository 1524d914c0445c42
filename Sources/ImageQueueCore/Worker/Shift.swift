internal import ImageQueueConcurrency
internal import Logging

/// Draws job after job on one backend, so that the backend never waits for us.
///
/// Two tasks make a line: one draws, the other stores what was drawn and settles it, beside the next drawing. A third
/// watches over the picture in hand, a fourth tells how far it is, a fifth reserves the next job. All end with the line.
final class Shift: Sendable {
    let worker: ImageWorker
    let generator: any ImageGenerator
    let backend: BackendStanding
    /// What was drawn and is to be stored. One picture may lie there while another is stored: memory stays bounded.
    let finishing = HandOver<Finishing>(capacity: 1)
    /// The next job, or that there is none, for the task that draws when it has no reserved one.
    let answers = HandOver<ClaimedJob?>(capacity: 1)
    /// Raised by news of the picture in hand.
    let progressed = Signal()
    private let state = Lock(State())

    private struct State {
        var picture: PictureInHand?
        var reserved: ClaimedJob?
        var isReserving = false
        /// Who waits for the end of a reserving that is under way.
        var waiter: CheckedContinuation<Void, Never>?
        var pace = DrawingPace()
        /// Pictures that are waited for no longer, and that the backend may still be at.
        var left: [DrawingTask.ID] = []
        var failure: (any Error)?
    }

    var store: any JobStore { worker.store }

    init(worker: ImageWorker, generator: any ImageGenerator, backend: BackendStanding) {
        self.worker = worker
        self.generator = generator
        self.backend = backend
    }

    /// Draws from a first job on, until there is none to take, the worker stops, or something fails that is not a job's.
    ///
    /// - Throws: ``GenerationError`` if the backend is to be left alone, ``QueueError`` if the store is; jobs were given back.
    func run(from first: ClaimedJob) async throws {
        await withTaskGroup(of: Void.self) { attendants in
            attendants.addTask { await self.supervise() }
            attendants.addTask { await self.report() }
            attendants.addTask { await self.reserve() }
            await withTaskGroup(of: Void.self) { line in
                line.addTask { await self.finishAll() }
                await self.drawAll(from: first)
                self.finishing.finish()
            }
            attendants.cancelAll()
        }
        if let left = takeReserved() { await giveBack(left, standing: .held) }
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    // MARK: - What the tasks share

    /// Whether another job may be taken.
    var mayGoOn: Bool { !worker.isStopping && state.withLock { $0.failure == nil } }

    /// Ends the shift after what is in hand: something is wrong that is not a job's fault. The first failure counts.
    func breakOff(_ error: any Error) {
        state.withLock { $0.failure = $0.failure ?? error }
    }

    var picture: PictureInHand? { state.withLock { $0.picture } }

    /// The picture in hand changes; those who attend to it look again.
    func hold(_ picture: PictureInHand?) {
        state.withLock { state in
            state.picture = picture
        }
        worker.signal.raise()
    }

    func noteLeft(_ task: DrawingTask.ID) { state.withLock { $0.left.append(task) } }

    func takeLeft() -> [DrawingTask.ID] {
        state.withLock { state in
            defer { state.left = [] }
            return state.left
        }
    }

    func note(_ time: Duration) { state.withLock { $0.pace.note(time) } }

    var pace: DrawingPace { state.withLock { $0.pace } }

    var reserved: ClaimedJob? { state.withLock { $0.reserved } }

    func takeReserved() -> ClaimedJob? {
        state.withLock { state in
            defer { state.reserved = nil }
            return state.reserved
        }
    }

    /// Takes the reserved job, also one that is just being reserved: what is claimed meanwhile would overtake it. Without
    /// any, none is reserved until ``endReserving(_:)``.
    func takeReservedOrBar() async -> ClaimedJob? {
        // Not by a signal: a cancelled task would ask without end.
        await withCheckedContinuation { (waiter: CheckedContinuation<Void, Never>) in
            let mustWait = state.withLock { state in
                if state.isReserving { state.waiter = waiter }
                return state.isReserving
            }
            if !mustWait { waiter.resume() }
        }
        let (claimed, isOther) = state.withLock { state -> (ClaimedJob?, Bool) in
            if state.isReserving { return (nil, true) }
            defer { state.reserved = nil }
            state.isReserving = state.reserved == nil
            return (state.reserved, false)
        }
        return isOther ? await takeReservedOrBar() : claimed
    }

    /// Takes a certain reserved job out, unless it was taken already.
    func takeReserved(_ claimed: ClaimedJob) -> Bool {
        state.withLock { state in
            guard state.reserved?.lease == claimed.lease else { return false }
            state.reserved = nil
            return true
        }
    }

    /// Puts a reserved job back that could not be given back, unless there is another one now.
    func keepReserved(_ claimed: ClaimedJob) { state.withLock { $0.reserved = $0.reserved ?? claimed } }

    /// Whether the caller may ask for a job now: one at a time, so that jobs are drawn in the order of their claims, and
    /// none beside one that is reserved. End it with ``endReserving(_:)``.
    func beginReserving() -> Bool {
        state.withLock { state in
            guard state.reserved == nil, !state.isReserving else { return false }
            state.isReserving = true
            return true
        }
    }

    func endReserving(_ claimed: ClaimedJob?) {
        let waiter = state.withLock { state in
            state.isReserving = false
            state.reserved = claimed
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
        if claimed != nil { worker.signal.raise() }
    }

    /// How a lease stands; while the store can't say, it is taken as held: once it lapses the store says so.
    func standing(of lease: Lease) async -> LeaseStanding {
        (try? await store.standing(of: lease)) ?? .held
    }
}
