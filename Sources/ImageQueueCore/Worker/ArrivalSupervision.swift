/// Decides how long a picture is waited for that its backend has finished, and that is still on its way.
///
/// A pure value: times are durations since the wait began.
struct ArrivalSupervision: Equatable {
    enum Action: Equatable {
        /// Look again when something changes, or after this long.
        case wait(Duration)
        /// Wait for it no longer.
        case giveUp(DrawingSupervision.Reason)
    }

    /// How long it may still come once its job is cancelled: what has nearly come completes the job.
    let cancelGrace: Duration
    /// How long it may still come once the worker stops: as long as one that is being drawn.
    let stopGrace: Duration
    let slowLook: Duration
    private var cancelSeen: Duration?

    init(configuration: WorkerConfiguration) {
        cancelGrace = configuration.interruptGrace
        stopGrace = configuration.stopGrace + configuration.interruptGrace
        slowLook = configuration.slowLook
    }

    /// Looks at how things stand.
    ///
    /// - Parameter stopping: The time since the worker was told to stop; `nil` if it was not.
    mutating func look(standing: LeaseStanding, stopping: Duration?, at now: Duration) -> Action {
        var left = slowLook
        if let stopping {
            guard stopping < stopGrace else { return .giveUp(.stop) }
            left = min(left, stopGrace - stopping)
        }
        switch standing {
        case .lost: return .giveUp(.lost)
        case .cancelRequested(.now):
            let seen = cancelSeen ?? now
            cancelSeen = seen
            guard now - seen < cancelGrace else { return .giveUp(.cancel) }
            left = min(left, cancelGrace - (now - seen))
        case .held, .returnRequested, .cancelRequested(.afterPicture): break
        }
        return .wait(left)
    }
}
