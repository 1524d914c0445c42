import Synchronization

/// One reader of the hub: its filter, what it has yet to see, and the task that waits for it.
final class Watcher: Sendable {
    let filter: JobFilter
    let requester: Requester
    /// Only these jobs, where the filter names a set that an event can't show, such as a batch.
    private let members: Set<JobID>?
    private let state: Mutex<State>

    private struct State {
        var buffer: WatchBuffer
        var waiter: CheckedContinuation<Void, Never>?
        var lastLook: ContinuousClock.Instant?
    }

    init(filter: JobFilter, members: Set<JobID>?, requester: Requester, buffer: WatchBuffer) {
        self.filter = filter
        self.members = members
        self.requester = requester
        self.state = Mutex(State(buffer: buffer))
    }

    /// The time between two looks at positions: at most four a second.
    private static let lookInterval = Duration.milliseconds(250)

    func matches(_ event: JobEvent) -> Bool {
        guard requester.mayTouch(event.owner) else { return false }
        guard let job = event.jobID else { return true }
        if let members, !members.contains(job) { return false }
        if let jobs = filter.jobs, !jobs.contains(job) { return false }
        if let owner = filter.owner, owner != event.owner { return false }
        if let conversation = filter.conversation, conversation != event.conversation { return false }
        return true
    }

    /// Takes in what is new and wakes the reader, outside the lock.
    func offer(_ delta: StoreDelta, moved: Bool) {
        let events = delta.events.filter(matches)
        let progress = delta.progress.filter(matches)
        change { $0.take(events: events, progress: progress, cursor: delta.cursor, moved: moved) }
    }

    /// Changes the buffer and wakes the reader.
    func change(_ body: (inout WatchBuffer) -> Void) {
        let waiter = state.withLock { state in
            body(&state.buffer)
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// What the reader is to do next. Never `wait` unless `isWaiting` is false.
    func step() -> WatchBuffer.Step {
        state.withLock { state in
            let now = ContinuousClock.now
            let mayLook = state.lastLook.map { $0 + Self.lookInterval <= now } ?? true
            let step = state.buffer.next(mayLook: mayLook)
            if case .lookAtPositions = step { state.lastLook = now }
            return step
        }
    }

    var cursor: EventCursor { state.withLock { $0.buffer.cursor } }

    /// Waits until something was taken in since `step()` answered `wait`, or the task is cancelled.
    func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let mustWait = state.withLock { state in
                    var trial = state.buffer
                    let mayLook = state.lastLook.map { $0 + Self.lookInterval <= .now } ?? true
                    guard trial.next(mayLook: mayLook) == .wait, !Task.isCancelled else { return false }
                    state.waiter = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}
