internal import ImageQueueConcurrency

/// One reader of the hub: its filter, what it has yet to see, and the task that waits for it.
final class Watcher: Sendable {
    /// A task that waits for something to read.
    typealias Reader = UnsafeContinuation<Void, Never>

    // Beside the count of references, and what every change looks at first in it: see ``WatchBuffer``.
    private let state: Lock<State>

    let filter: JobFilter
    let requester: Requester
    /// Only these jobs, where the filter names a set that an event can't show, such as a batch.
    private let members: Set<JobID>?
    private let clock: any Clock<Duration>

    private struct State {
        /// Resumed by whoever takes it out, which the lock lets only one do.
        var waiter: Reader?
        /// Whether anything came in since the last step.
        var isChanged = false
        var buffer: WatchBuffer
        /// Why nothing more comes.
        var failure: QueueError?
        var lastLook: RunStart?
    }

    /// - Parameter clock: Measures the time between two looks at positions.
    init(
        filter: JobFilter,
        members: Set<JobID>?,
        requester: Requester,
        buffer: WatchBuffer,
        clock: any Clock<Duration>
    ) {
        self.filter = filter
        self.members = members
        self.requester = requester
        self.clock = clock
        self.state = Lock(State(buffer: buffer))
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

    /// Takes in what is new.
    ///
    /// - Returns: The reader, which the caller is to wake: `nil` where there is nothing to do or nobody waits.
    func offer(_ delta: StoreDelta, moves: Int) -> Reader? {
        let events = matching(delta.events)
        let progress = matching(delta.progress)
        return change(ifNeeded: { buffer in
            buffer.take(
                events: events,
                progress: progress,
                cursor: delta.cursor,
                moves: moves,
                hasGap: delta.hasGap
            )
        })
    }

    /// Usually all or none match: then nothing is copied.
    private func matching(_ events: [JobEvent]) -> [JobEvent] {
        if events.allSatisfy(matches) { return events }
        return events.filter(matches)
    }

    /// Changes the buffer and wakes the reader.
    func change(_ body: (inout WatchBuffer) -> Void) {
        let reader = change(ifNeeded: { buffer in
            body(&buffer)
            return true
        })
        reader?.resume()
    }

    /// Changes the buffer, and takes out the reader if there is something to do: what concerns others wakes nobody.
    private func change(ifNeeded body: (inout WatchBuffer) -> Bool) -> Reader? {
        state.withLock { state -> Reader? in
            guard body(&state.buffer) else { return nil }
            state.isChanged = true
            return state.waiter.take()
        }
    }

    /// Nothing more comes: the reader is told so once it has what came before.
    func fail(_ error: QueueError) {
        state.withLock { $0.failure = error }
        change { _ in }
    }

    var failure: QueueError? { state.withLock { $0.failure } }

    /// What the reader is to do next.
    func step() -> WatchBuffer.Step {
        state.withLock { state in
            state.isChanged = false
            let step = state.buffer.next(mayLook: lookAlarm(after: state.lastLook)?.isOver ?? true)
            if case .lookAtPositions = step { state.lastLook = clock.measureStart() }
            return step
        }
    }

    var cursor: EventCursor { state.withLock { $0.buffer.cursor } }

    /// Waits until something was taken in since the last `step()`, an alarm goes off, or the task is cancelled.
    ///
    /// - Parameter toLook: Whether the moment at which a look at positions is allowed ends the wait too.
    /// - Throws: `invalid_request` where another task waits already.
    func wait(toLook: Bool, until alarm: Alarm?) async throws {
        let look = toLook ? lookAlarm(after: state.withLock { $0.lastLook }) : nil
        let alarms = [alarm, look].compactMap(\.self)
        guard !alarms.isEmpty else {
            try await waitForChange()
            return
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            defer { group.cancelAll() }
            for alarm in alarms {
                group.addTask {
                    if await alarm.wait() { self.change { _ in } }
                }
            }
            try await waitForChange()
        }
    }

    private func lookAlarm(after last: RunStart?) -> Alarm? {
        last.map { Alarm(Self.lookInterval, after: $0, on: clock) }
    }

    private func waitForChange() async throws {
        var isSecond = false
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: Reader) in
                let mustWait = state.withLock { state in
                    guard !state.isChanged, !Task.isCancelled else { return false }
                    isSecond = state.waiter != nil
                    if !isSecond { state.waiter = continuation }
                    return !isSecond
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
        guard isSecond else { return }
        throw QueueError(code: .invalidRequest, message: "Two tasks read one watch: give each its own.")
    }
}
