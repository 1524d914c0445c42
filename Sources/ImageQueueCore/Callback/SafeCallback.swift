internal import ImageQueueConcurrency
public import Logging
internal import Metrics

/// A host's function that is called with events and can't hurt the queue.
///
/// It runs on a thread of its own, one call at a time; registered twice, the calls of both share it, and each other's
/// limit. One that throws is logged, counted, and told to the other
/// watchers as ERROR with `final` false and `error_code` `callback_failed`, once a minute. One that takes longer than
/// its limit is left behind, at most twice at once; what it misses meanwhile is shortened to each job's last event.
public final class SafeCallback: Sendable {
    /// What is called. It never runs on the caller's executor.
    public typealias Body = @concurrent @Sendable (JobEvent) async throws -> Void

    /// How a callback is held in check.
    public struct Configuration: Sendable {
        /// How long a call may take.
        public var limit: Duration = .seconds(5)
        /// How often a failure is told to watchers.
        public var tellingInterval: Duration = .seconds(60)

        /// 5 seconds a call, a failure told once a minute.
        public init() {}
    }

    /// What has become of calls so far.
    public struct Statistics: Sendable, Equatable {
        /// Calls that returned in time.
        public var finished = 0
        /// Calls that threw.
        public var failed = 0
        /// Calls that were left behind at the limit.
        public var timedOut = 0
        /// Events that a slow callback was not given, because a later one of the same job followed.
        public var skipped = 0
    }

    /// The name in logs, in what watchers are told, and of a series of metrics.
    public let name: String
    private let body: Body
    private let configuration: Configuration
    private let clock: any Clock<Duration>
    private let logger: Logger
    private let failures: Counter
    private let state = Lock(State())

    private struct State {
        var statistics = Statistics()
        var thread: CallbackThread?
        var leftBehind = 0
        /// One for each registration at most.
        var roomWaiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        var toldAt: RunStart?
        var untold = 0
    }

    private static let leftBehindLimit = 2
    private static let backlogLimit = 1024

    /// Wraps a function.
    ///
    /// - Parameters:
    ///   - name: For logs and messages, and the dimension `callback` of `imagequeue.callbacks.failed.total`: one of
    ///     few, such as `notify`, and never one a user or a connection.
    ///   - clock: Measures the limit, and how often a failure is told.
    ///   - body: The function. It may throw, take long, or block its thread.
    public init(
        name: String,
        configuration: Configuration = Configuration(),
        clock: any Clock<Duration> = ContinuousClock(),
        logger: Logger = Logger(label: "imagequeue.callback"),
        _ body: @escaping Body
    ) {
        self.name = name
        self.body = body
        self.configuration = configuration
        self.clock = clock
        self.logger = logger
        self.failures = Counter(label: "imagequeue.callbacks.failed.total", dimensions: [("callback", name)])
    }

    /// What has become of calls so far.
    public var statistics: Statistics { state.withLock { $0.statistics } }

    /// Starts calling with what `events` brings. Here, and for each call, the library starts a task of its own.
    func start(reading events: JobEvents, tell: @escaping @Sendable (JobEvent) -> Void) -> CallbackRegistration {
        let session = events.session
        let reading = Task { await self.read(session, tell: tell) }
        return CallbackRegistration(cancel: { reading.cancel() })
    }

    private func read(_ session: WatchSession, tell: @Sendable (JobEvent) -> Void) async {
        var backlog = Backlog()
        var isFailing = false
        while !Task.isCancelled {
            do {
                let event: JobEvent
                if let waiting = backlog.popFirst() {
                    event = waiting
                } else if let next = try await session.next() {
                    event = next
                    if isFailing {
                        logger.info(
                            "a callback's events can be read again",
                            metadata: ["imagequeue.callback": "\(name)"]
                        )
                    }
                    isFailing = false
                } else {
                    return
                }
                guard await call(with: event, tell: tell) == .leftBehind else { continue }
                await waitForRoom()
                while backlog.count < Self.backlogLimit, let missed = try await session.poll() {
                    if backlog.keepLast(missed) { state.withLock { $0.statistics.skipped += 1 } }
                }
            } catch let error as QueueError where error.code == .closed {
                return
            } catch {
                if !isFailing {
                    logger.warning(
                        "a callback's events could not be read",
                        metadata: ["imagequeue.callback": "\(name)", "error.message": "\(error)"]
                    )
                }
                isFailing = true
                if let error = error as? QueueError, error.isLasting { return await hand(over: backlog, tell: tell) }
                try? await clock.sleep(for: .seconds(1))
            }
        }
    }

    /// What had come before the end is called with all the same, as long as the calls return.
    private func hand(over backlog: Backlog, tell: @Sendable (JobEvent) -> Void) async {
        var backlog = backlog
        while !Task.isCancelled, let event = backlog.popFirst() {
            if await call(with: event, tell: tell) == .leftBehind { await waitForRoom() }
        }
    }

    private enum CallEnding {
        case returned
        case leftBehind
    }

    /// One call, raced against the limit.
    private func call(with event: JobEvent, tell: @Sendable (JobEvent) -> Void) async -> CallEnding {
        let thread = state.withLock { state in
            let thread = state.thread ?? CallbackThread()
            state.thread = thread
            return thread
        }
        guard let thread else {
            report("got no thread: raise the limit of threads", about: event, tell: tell) { $0.statistics.failed += 1 }
            return .returned
        }
        let race = Race()
        let body = body
        Task(executorPreference: thread) {
            do {
                try await body(event)
                if race.win(.returned(nil)) == false { self.cameBack() }
            } catch {
                if race.win(.returned(error)) == false { self.cameBack() }
            }
        }
        let timer = Task {
            guard (try? await clock.sleepInSteps(for: configuration.limit)) != nil else { return }
            race.win(.timedOut)
        }
        let ending = await race.ending()
        timer.cancel()
        switch ending {
        case .returned(nil):
            state.withLock { $0.statistics.finished += 1 }
            return .returned
        case .returned(.some(let error)):
            report("threw: \(error)", about: event, tell: tell) { $0.statistics.failed += 1 }
            return .returned
        case .timedOut:
            report("did not return within \(configuration.limit)", about: event, tell: tell) { state in
                state.statistics.timedOut += 1
                state.leftBehind += 1
                state.thread = nil
            }
            return .leftBehind
        }
    }

    private func cameBack() {
        let waiters = state.withLock { state in
            state.leftBehind -= 1
            guard state.leftBehind < Self.leftBehindLimit else { return [CheckedContinuation<Void, Never>]() }
            defer { state.roomWaiters = [:] }
            return Array(state.roomWaiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    private func waitForRoom() async {
        let key = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let hasRoom = state.withLock { state in
                    if state.leftBehind < Self.leftBehindLimit || Task.isCancelled { return true }
                    state.roomWaiters[key] = continuation
                    return false
                }
                if hasRoom { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.roomWaiters.removeValue(forKey: key) }?.resume()
        }
    }

    /// Logs a failure, and tells the watchers of it unless that was done a short while ago.
    ///
    /// - Parameter count: Counts the failure: together with what is to be told of it, so that who has seen the count
    ///   changes nothing about that any more.
    private func report(
        _ complaint: String,
        about event: JobEvent,
        tell: @Sendable (JobEvent) -> Void,
        count: (inout State) -> Void
    ) {
        failures.increment()
        let untold: Int? = state.withLock { state in
            count(&state)
            if let last = state.toldAt, clock.elapsed(since: last) < configuration.tellingInterval {
                state.untold += 1
                return nil
            }
            state.toldAt = clock.measureStart()
            defer { state.untold = 0 }
            return state.untold
        }
        // One that fails at each event would say so as often: as loud as watchers are told,
        // and else for who looks closely.
        logger.log(
            level: untold == nil ? .debug : .warning,
            "a callback failed",
            metadata: [
                "imagequeue.callback": "\(name)",
                "imagequeue.job.id": "\(event.jobID.map(\.description) ?? "")",
                "error.message": "\(complaint)",
            ]
        )
        guard let untold else { return }
        let more = untold == 0 ? "" : " (and \(untold) times before since it was last told)"
        var notice = event
        notice.kind = .error
        notice.isFinal = false
        notice.failure = JobFailure(code: .callbackFailed, message: "The callback \(name) \(complaint)\(more).")
        tell(notice)
    }
}

/// Keeps a callback called until it is cancelled or let go.
public final class CallbackRegistration: Sendable {
    private let onCancel: @Sendable () -> Void

    init(cancel: @escaping @Sendable () -> Void) {
        onCancel = cancel
    }

    deinit { onCancel() }

    /// Ends the calls; one that runs goes on to its end. Idempotent.
    public func cancel() { onCancel() }
}

/// What a slow callback has missed: each job's last event, in the order of their first.
private struct Backlog {
    private var order: [JobID?] = []
    private var last: [JobID?: JobEvent] = [:]

    var count: Int { order.count }

    /// Answers whether an earlier event of the same job gives way.
    mutating func keepLast(_ event: JobEvent) -> Bool {
        let replaced = last.updateValue(event, forKey: event.jobID) != nil
        if !replaced { order.append(event.jobID) }
        return replaced
    }

    mutating func popFirst() -> JobEvent? {
        order.isEmpty ? nil : last.removeValue(forKey: order.removeFirst())
    }
}

/// Which came first: the call's return or the limit.
private final class Race: Sendable {
    enum Ending: Sendable {
        case returned((any Error)?)
        case timedOut
    }

    private enum Phase {
        case running(CheckedContinuation<Ending, Never>?)
        case over(Ending)
    }

    private let phase = Lock(Phase.running(nil))

    /// Answers whether this was the first to come.
    @discardableResult
    func win(_ ending: Ending) -> Bool {
        let (isFirst, waiter): (Bool, CheckedContinuation<Ending, Never>?) = phase.withLock { phase in
            guard case .running(let waiter) = phase else { return (false, nil) }
            phase = .over(ending)
            return (true, waiter)
        }
        waiter?.resume(returning: ending)
        return isFirst
    }

    func ending() async -> Ending {
        await withCheckedContinuation { continuation in
            let known: Ending? = phase.withLock { phase in
                if case .over(let ending) = phase { return ending }
                phase = .running(continuation)
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }
}
