import Logging
import Synchronization

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
    private let state = Mutex(State())

    private struct State {
        var picture: PictureInHand?
        var reserved: ClaimedJob?
        var isReserving = false
        var pace = DrawingPace()
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

    func note(_ time: Duration) { state.withLock { $0.pace.note(time) } }

    var pace: DrawingPace { state.withLock { $0.pace } }

    var reserved: ClaimedJob? { state.withLock { $0.reserved } }

    func takeReserved() -> ClaimedJob? {
        state.withLock { state in
            defer { state.reserved = nil }
            return state.reserved
        }
    }

    /// Takes a certain reserved job out, unless it was taken already.
    func takeReserved(_ claimed: ClaimedJob) -> Bool {
        state.withLock { state in
            guard state.reserved?.lease == claimed.lease else { return false }
            state.reserved = nil
            return true
        }
    }

    /// Whether the caller may reserve a job now: one at a time, and none beside one that is reserved. End it with
    /// ``endReserving(_:)``.
    func beginReserving() -> Bool {
        state.withLock { state in
            guard state.reserved == nil, !state.isReserving else { return false }
            state.isReserving = true
            return true
        }
    }

    func endReserving(_ claimed: ClaimedJob?) {
        state.withLock { state in
            state.isReserving = false
            state.reserved = claimed
        }
        if claimed != nil { worker.signal.raise() }
    }

    /// How a lease stands; while the store can't say, it is taken as held: once it lapses the store says so.
    func standing(of lease: Lease) async -> LeaseStanding {
        (try? await store.standing(of: lease)) ?? .held
    }
}
