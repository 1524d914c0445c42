import ImageQueueCore
import Testing

/// Every event in every state that a job can be in: what it becomes, and what follows.
@Suite("The job's state machine", .timeLimit(.minutes(1)))
struct JobLifecycleTests {
    /// Where a job can stand.
    enum Stand: String, CaseIterable {
        case scheduled, queued, reserved, processing, complete, failed, cancelled

        func lifecycle(cancelRequested: CancelMode? = nil) -> JobLifecycle {
            let (state, isHeld): (JobState, Bool) =
                switch self {
                case .scheduled: (.scheduled, false)
                case .queued: (.queued, false)
                case .reserved: (.queued, true)
                case .processing: (.processing, true)
                case .complete: (.complete, false)
                case .failed: (.failed, false)
                case .cancelled: (.cancelled, false)
                }
            return JobLifecycle(
                state: state,
                isHeld: isHeld,
                attempt: 3,
                failures: 1,
                deaths: 1,
                cancelRequested: cancelRequested
            )
        }
    }

    static let failure = JobFailure(code: .backendFailed, message: "The backend failed.")

    static let events: [String: JobLifecycle.Event] = [
        "due": .due, "claim": .claim(reserving: false), "reserve": .claim(reserving: true), "begin": .begin,
        "complete": .complete, "stopped": .stopped(stillDrawing: false), "cut": .stopped(stillDrawing: true),
        "fail": .fail(failure), "retry": .retry(failure, paused: false), "retry later": .retry(failure, paused: true),
        "release": .release(paused: false), "release later": .release(paused: true),
        "lost alone": .holderLost(alone: true, limit: 3), "lost alone, last": .holderLost(alone: true, limit: 2),
        "lost among others": .holderLost(alone: false, limit: 2), "cancel": .cancel(holderAlive: true, mode: .now),
        "cancel, holder dead": .cancel(holderAlive: false, mode: .now),
        "cancel later": .cancel(holderAlive: true, mode: .afterPicture),
        "cancel later, holder dead": .cancel(holderAlive: false, mode: .afterPicture), "expire": .expire,
        "abandon": .abandon(failure),
    ]

    /// What an accepted event leads to, and what of the counters moves.
    struct Outcome: Equatable {
        var stand: Stand
        var action: JobLifecycle.Action
        var attempts = 0
        var failures = 0
        var deaths = 0
        var isSuspect = false
        var cancelRequested: CancelMode?

        static func cancelled(_ mode: CancelMode) -> Outcome {
            Outcome(stand: .cancelled, action: .endCancelled(.cancelled), cancelRequested: mode)
        }

        static func asked(_ stand: Stand, _ mode: CancelMode) -> Outcome {
            Outcome(stand: stand, action: .askHolder, cancelRequested: mode)
        }
    }

    /// The legal combinations without a stored cancel; all that are missing are refused.
    static let legal: [Stand: [String: Outcome]] = [
        .scheduled: [
            "due": Outcome(stand: .queued, action: .none),
            "expire": Outcome(stand: .failed, action: .endFailed(.expired)),
            "abandon": Outcome(stand: .failed, action: .endFailed(failure)),
            "cancel": .cancelled(.now), "cancel, holder dead": .cancelled(.now),
            "cancel later": .cancelled(.afterPicture), "cancel later, holder dead": .cancelled(.afterPicture),
        ],
        .queued: [
            "claim": Outcome(stand: .processing, action: .none, attempts: 1),
            "reserve": Outcome(stand: .reserved, action: .none, attempts: 1),
            "expire": Outcome(stand: .failed, action: .endFailed(.expired)),
            "abandon": Outcome(stand: .failed, action: .endFailed(failure)),
            "cancel": .cancelled(.now), "cancel, holder dead": .cancelled(.now),
            "cancel later": .cancelled(.afterPicture), "cancel later, holder dead": .cancelled(.afterPicture),
        ],
        .reserved: [
            // Its request left before its begin was written down.
            "complete": Outcome(stand: .complete, action: .endComplete),
            "begin": Outcome(stand: .processing, action: .none),
            "fail": Outcome(stand: .failed, action: .endFailed(failure), failures: 1),
            "retry": Outcome(stand: .queued, action: .none, failures: 1),
            "retry later": Outcome(stand: .scheduled, action: .none, failures: 1),
            "release": Outcome(stand: .queued, action: .none),
            "release later": Outcome(stand: .scheduled, action: .none),
            "lost alone": Outcome(stand: .queued, action: .none),
            "lost alone, last": Outcome(stand: .queued, action: .none),
            "lost among others": Outcome(stand: .queued, action: .none, isSuspect: true),
            "abandon": Outcome(stand: .failed, action: .endFailed(failure)),
            "cancel": .asked(.reserved, .now), "cancel, holder dead": .cancelled(.now),
            "cancel later": .asked(.reserved, .afterPicture), "cancel later, holder dead": .cancelled(.afterPicture),
        ],
        .processing: [
            "complete": Outcome(stand: .complete, action: .endComplete),
            "fail": Outcome(stand: .failed, action: .endFailed(failure), failures: 1),
            "retry": Outcome(stand: .queued, action: .offerAgain, failures: 1),
            "retry later": Outcome(stand: .scheduled, action: .offerAgain, failures: 1),
            "release": Outcome(stand: .queued, action: .offerAgain),
            "release later": Outcome(stand: .scheduled, action: .offerAgain),
            "lost alone": Outcome(stand: .queued, action: .offerAgain, deaths: 1),
            "lost alone, last": Outcome(stand: .failed, action: .endFailed(.workerLost(times: 2)), deaths: 1),
            "lost among others": Outcome(stand: .queued, action: .offerAgain, isSuspect: true),
            "abandon": Outcome(stand: .failed, action: .endFailed(failure)),
            "cancel": .asked(.processing, .now), "cancel, holder dead": .cancelled(.now),
            "cancel later": .asked(.processing, .afterPicture), "cancel later, holder dead": .cancelled(.afterPicture),
        ],
    ]

    /// What becomes of a held job with a cancel stored; `nil` for a refusal.
    static func afterCancel(_ stored: CancelMode, _ event: String, _ stand: Stand) -> Outcome? {
        func ended(_ failure: JobFailure = .cancelled, failures: Int = 0) -> Outcome {
            Outcome(
                stand: .cancelled,
                action: .endCancelled(failure),
                failures: failures,
                cancelRequested: stored
            )
        }
        switch event {
        case "complete":
            return Outcome(stand: .complete, action: .endComplete, cancelRequested: stored)
        case "cancel":
            return .asked(stand, .now)
        case "cancel later":
            return .asked(stand, stored)
        case "cut":
            return ended(.cancelledStillDrawing)
        case "fail", "retry", "retry later":
            return ended(failures: 1)
        case "stopped", "release", "release later", "lost alone", "lost alone, last", "lost among others",
            "abandon", "cancel later, holder dead":
            return ended()
        case "cancel, holder dead":
            return .cancelled(.now)
        default:
            return nil
        }
    }

    @Test("answers every event in every state", arguments: Stand.allCases, events.keys.sorted())
    func table(stand: Stand, name: String) throws {
        let event = try #require(Self.events[name])
        try check(stand.lifecycle(), event, Self.legal[stand]?[name], from: stand)
    }

    @Test(
        "ends a job with a cancel stored, whatever its attempt comes to, or lets it complete",
        arguments: [Stand.reserved, .processing],
        events.keys.sorted()
    )
    func cancelled(stand: Stand, name: String) throws {
        let event = try #require(Self.events[name])
        for mode in [CancelMode.now, .afterPicture] {
            let outcome = Self.afterCancel(mode, name, stand)
            try check(stand.lifecycle(cancelRequested: mode), event, outcome, from: stand)
        }
    }

    private func check(
        _ before: JobLifecycle,
        _ event: JobLifecycle.Event,
        _ outcome: Outcome?,
        from stand: Stand
    ) throws {
        var lifecycle = before
        let action = lifecycle.on(event)
        guard let outcome else {
            #expect(action == .refuse)
            #expect(lifecycle == before, "a refused event changes nothing")
            return
        }
        #expect(action == outcome.action)
        var wanted = outcome.stand.lifecycle(cancelRequested: outcome.cancelRequested)
        wanted.attempt += outcome.attempts
        wanted.failures += outcome.failures
        wanted.deaths += outcome.deaths
        wanted.isSuspect = outcome.isSuspect
        #expect(lifecycle == wanted)
    }

    @Test("begins queued, or scheduled, with nothing spent")
    func begin() {
        #expect(JobLifecycle() == JobLifecycle(state: .queued))
        #expect(JobLifecycle(scheduled: true) == JobLifecycle(state: .scheduled))
        #expect(JobLifecycle().attempt == 0)
    }

    @Test("keeps a suspicion until the job ends")
    func suspicion() {
        var lifecycle = JobLifecycle()
        _ = lifecycle.on(.claim(reserving: false))
        _ = lifecycle.on(.holderLost(alone: false, limit: 3))
        _ = lifecycle.on(.claim(reserving: false))
        _ = lifecycle.on(.release(paused: false))
        #expect(lifecycle.isSuspect)
        #expect(lifecycle.deaths == 0)
    }
}
