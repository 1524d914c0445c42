/// Decides what happens to a picture that is being drawn when a cancel, a stop or the loss of the lease comes.
///
/// A pure value: times are durations since drawing began.
struct DrawingSupervision: Equatable {
    /// Why the drawing is to end early.
    enum Reason: Equatable {
        case cancel
        case stop
        case lost
    }

    enum Action: Equatable {
        /// Look again when something changes, or after this long.
        case wait(Duration)
        /// Ask the backend to stop this task.
        case interrupt
        /// Wait for the answer no longer.
        case giveUp(Reason)
    }

    let stopGrace: Duration
    let interruptGrace: Duration
    let interruptInterval: Duration
    let slowLook: Duration

    private(set) var reason: Reason?
    /// Whether an interrupt of ours has left: the picture that comes is then half-done and must not be used.
    private(set) var wasInterrupted = false
    /// Whether the backend could not be asked at the last try.
    var isBackendSilent: Bool { silentSince != nil }
    private var stopSeen: Duration?
    private var firstTry: Duration?
    private var lastTry: Duration?
    /// When the first of the last tries began at which the backend could not be asked.
    private var silentSince: Duration?
    private var isImpossible = false

    init(configuration: WorkerConfiguration) {
        stopGrace = configuration.stopGrace
        interruptGrace = configuration.interruptGrace
        interruptInterval = configuration.interruptInterval
        slowLook = configuration.slowLook
    }

    /// Looks at how things stand.
    mutating func look(standing: LeaseStanding, isStopping: Bool, at now: Duration) -> Action {
        if isStopping, stopSeen == nil { stopSeen = now }
        switch standing {
        case .lost: reason = .lost
        case .cancelRequested(.now): reason = .cancel
        case .held, .returnRequested, .cancelRequested(.afterPicture):
            if reason == nil, let stopSeen, now - stopSeen >= stopGrace { reason = .stop }
        }
        guard let reason else {
            guard let stopSeen else { return .wait(slowLook) }
            return .wait(min(slowLook, stopGrace - (now - stopSeen)))
        }
        if isImpossible { return .giveUp(reason) }
        if let silentSince, now - silentSince >= interruptGrace { return .giveUp(reason) }
        if isStopping || reason == .lost, let firstTry, now - firstTry >= interruptGrace { return .giveUp(reason) }
        if let lastTry, now - lastTry < interruptInterval {
            return .wait(interruptInterval - (now - lastTry))
        }
        firstTry = firstTry ?? now
        lastTry = now
        return .interrupt
    }

    /// Takes in what an interrupt led to; `nil` if the backend could not be asked: nothing was sent, and a picture that
    /// comes is whole.
    mutating func interrupted(_ outcome: InterruptOutcome?) {
        silentSince = outcome == nil ? silentSince ?? lastTry : nil
        switch outcome {
        case .sent: wasInterrupted = true
        case .impossible: isImpossible = true
        case .notRunning, nil: break
        }
    }
}
