/// The state machine of one job: what may happen to it, and what then follows.
///
/// A pure value. A store reads the job's row into one, tells it the event inside its transaction, and writes back what
/// it has become, so every store obeys the same rules.
public struct JobLifecycle: Sendable, Equatable {
    /// Where the job stands.
    public var state: JobState
    /// Whether a worker holds it: drawn (`processing`), or reserved (`queued` to everybody else).
    public var isHeld: Bool
    /// The number of the attempt that holds it, or held it last; 0 before the first.
    public var attempt: Int
    /// Tries spent by failures.
    public var failures: Int
    /// Times its worker died with nothing else in its hands.
    public var deaths: Int
    /// Whether it was among several jobs in the hands of a worker that died; such a job is run alone.
    public var isSuspect: Bool
    /// The cancel that is stored, if one is.
    public var cancelRequested: CancelMode?

    /// A job as it is submitted.
    public init(scheduled: Bool = false) {
        self.init(state: scheduled ? .scheduled : .queued)
    }

    /// A job as it was stored.
    public init(
        state: JobState,
        isHeld: Bool = false,
        attempt: Int = 0,
        failures: Int = 0,
        deaths: Int = 0,
        isSuspect: Bool = false,
        cancelRequested: CancelMode? = nil
    ) {
        self.state = state
        self.isHeld = isHeld
        self.attempt = attempt
        self.failures = failures
        self.deaths = deaths
        self.isSuspect = isSuspect
        self.cancelRequested = cancelRequested
    }

    /// Whether a cancel is stored.
    public var isCancelRequested: Bool { cancelRequested != nil }

    /// What can happen to a job.
    public enum Event: Sendable, Equatable {
        /// Its time to start has come.
        case due
        /// A worker takes it, to draw it now or, reserving, next.
        case claim(reserving: Bool)
        /// The reserved job's request goes out.
        case begin
        /// Every picture is stored.
        case complete
        /// The holder stopped it because of a cancel; see ``AttemptEnding/stopped(stillDrawing:)``.
        case stopped(stillDrawing: Bool)
        /// The attempt failed, and the job with it.
        case fail(JobFailure)
        /// The attempt failed and another may follow, at once or after a pause.
        case retry(JobFailure, paused: Bool)
        /// The holder gives it back, no try spent.
        case release(paused: Bool)
        /// The holder is dead, or its lease ran out. `alone`: it held nothing but this job. `limit`: deaths allowed.
        case holderLost(alone: Bool, limit: Int)
        /// Somebody wants it gone. `holderAlive` and `mode` matter only for a held job.
        case cancel(holderAlive: Bool, mode: CancelMode)
        /// Its deadline has passed while it waited.
        case expire
        /// What it needs is gone for good, such as the process whose simulator it was to use.
        case abandon(JobFailure)
    }

    /// What follows from an event.
    public enum Action: Sendable, Equatable {
        /// Nothing that anybody is told.
        case none
        /// It waits again, at its old place: watchers are told QUEUED.
        case offerAgain
        /// It has ended as complete.
        case endComplete
        /// It has ended as failed.
        case endFailed(JobFailure)
        /// It has ended as cancelled, which is told by this failure.
        case endCancelled(JobFailure)
        /// The wish is stored; its holder carries it out.
        case askHolder
        /// The event does not fit the state; nothing was changed.
        case refuse
    }

    /// Takes the event in.
    public mutating func on(_ event: Event) -> Action {
        switch event {
        case .due:
            guard state == .scheduled else { return .refuse }
            state = .queued
            return .none
        case .claim(let reserving):
            guard state == .queued, !isHeld, !isCancelRequested else { return .refuse }
            isHeld = true
            attempt += 1
            if !reserving { state = .processing }
            return .none
        case .begin:
            guard state == .queued, isHeld, !isCancelRequested else { return .refuse }
            state = .processing
            return .none
        case .complete:
            // A reserved job whose request left before its begin could be written down, be it for a cancel that came in
            // between, is as good as begun.
            guard state == .processing || (state == .queued && isHeld) else { return .refuse }
            return end(.complete, .endComplete)
        case .stopped(let stillDrawing):
            guard isHeld, isCancelRequested else { return .refuse }
            return end(.cancelled, .endCancelled(stillDrawing ? .cancelledStillDrawing : .cancelled))
        case .fail(let failure):
            guard isHeld else { return .refuse }
            failures += 1
            return isCancelRequested ? end(.cancelled, .endCancelled(.cancelled)) : end(.failed, .endFailed(failure))
        case .retry(_, let paused):
            guard isHeld else { return .refuse }
            failures += 1
            return letGo(paused: paused)
        case .release(let paused):
            guard isHeld else { return .refuse }
            return letGo(paused: paused)
        case .holderLost(let alone, let limit):
            return onHolderLost(alone: alone, limit: limit)
        case .cancel(let holderAlive, let mode):
            return onCancel(holderAlive: holderAlive, mode: mode)
        case .expire:
            guard !state.isFinal, !isHeld else { return .refuse }
            return end(.failed, .endFailed(.expired))
        case .abandon(let failure):
            guard !state.isFinal else { return .refuse }
            return isCancelRequested ? end(.cancelled, .endCancelled(.cancelled)) : end(.failed, .endFailed(failure))
        }
    }

    private mutating func onHolderLost(alone: Bool, limit: Int) -> Action {
        guard isHeld else { return .refuse }
        let wasDrawing = state == .processing
        if isCancelRequested { return end(.cancelled, .endCancelled(.cancelled)) }
        if alone, wasDrawing {
            deaths += 1
            if deaths >= limit { return end(.failed, .endFailed(.workerLost(times: deaths))) }
        } else if !alone {
            isSuspect = true
        }
        return letGo(paused: false)
    }

    private mutating func onCancel(holderAlive: Bool, mode: CancelMode) -> Action {
        if state.isFinal { return .refuse }
        cancelRequested = mode.joined(with: cancelRequested)
        return isHeld && holderAlive ? .askHolder : end(.cancelled, .endCancelled(.cancelled))
    }

    /// Back to waiting; a job that somebody wants gone goes instead.
    private mutating func letGo(paused: Bool) -> Action {
        if isCancelRequested { return end(.cancelled, .endCancelled(.cancelled)) }
        let wasReserved = state == .queued
        isHeld = false
        state = paused ? .scheduled : .queued
        return wasReserved ? .none : .offerAgain
    }

    private mutating func end(_ final: JobState, _ action: Action) -> Action {
        state = final
        isHeld = false
        return action
    }
}
