internal import Foundation

/// What `GET /sdapi/v1/progress` says of whatever runs now, or ran last (FORGE.md, section 7).
struct ServerProgress: Decodable, Sendable, Equatable {
    var progress: Double
    var eta: Double?
    var state: State

    struct State: Decodable, Sendable, Equatable {
        var isSkipped: Bool
        var isInterrupted: Bool
        var job: String
        var jobCount: Int
        var jobNumber: Int
        var samplingStep: Int
        var jobTimestamp: String?

        private enum Key: String, CodingKey {
            case skipped, interrupted, job
            case jobCount = "job_count"
            case jobNumber = "job_no"
            case samplingStep = "sampling_step"
            case jobTimestamp = "job_timestamp"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            isSkipped = try fields.decode(Bool.self, forKey: .skipped)
            isInterrupted = try fields.decode(Bool.self, forKey: .interrupted)
            job = fields.lenient(String.self, .job) ?? ""
            jobCount = fields.lenient(LenientNumber.self, .jobCount)?.int ?? 0
            jobNumber = fields.lenient(LenientNumber.self, .jobNumber)?.int ?? 0
            samplingStep = fields.lenient(LenientNumber.self, .samplingStep)?.int ?? 0
            jobTimestamp = fields.lenient(String.self, .jobTimestamp)
        }
    }

    private enum Key: String, CodingKey {
        case progress
        case eta = "eta_relative"
        case state
    }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        progress = try fields.decode(Double.self, forKey: .progress)
        eta = fields.lenient(Double.self, .eta)
        state = try fields.decode(State.self, forKey: .state)
    }

    /// Whether anything runs. `progress` does not tell: it can stick at 1 after a failed call (FORGE.md, section 7).
    var isIdle: Bool { state.job.isEmpty && state.jobCount == 0 }

    /// Whether an upscale runs, or one that failed looks as if it did until any other job begins (FORGE.md, section 7).
    /// It begins no task: one that looks active beside it runs no more.
    var isUpscaling: Bool { ["extras", "Upscale"].contains(state.job) }

    /// For how long the running job has been worked at: the time left is guessed as it divided by the progress,
    /// less it.
    var running: Duration? {
        guard let eta, eta.isFinite, eta >= 0, progress > 0, progress < 1 else { return nil }
        let seconds = eta * progress / (1 - progress)
        return seconds < 1e9 ? .seconds(seconds) : nil
    }

    /// Whether somebody cut the running job short, or the last one while idle.
    var wasCutShort: Bool { state.isInterrupted || state.isSkipped }
}
