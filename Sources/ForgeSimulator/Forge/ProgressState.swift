/// Forge's `shared.state`: what the one job that runs has done so far. Nothing in it says whose job it is.
struct ProgressState: Sendable, Equatable {
    private(set) var skipped = false
    private(set) var interrupted = false
    private(set) var job = ""
    private(set) var jobCount = 0
    /// Local time as "yyyyMMddHHmmss", "0" before the first job.
    private(set) var jobTimestamp = "0"
    private(set) var jobNumber = 0
    private(set) var samplingStep = 0
    private(set) var samplingSteps = 0
    private(set) var textInfo: String?
    /// Counts the previews of this job; the picture itself is drawn when somebody asks.
    private(set) var previewID = 0
    /// The step that the newest preview shows, `nil` before the first.
    private(set) var previewStep: Int?

    /// `show_progress_every_n_steps` of a fresh installation.
    static let previewEvery = 10

    mutating func begin(job: String, timestamp: String) {
        let steps = samplingSteps
        self = ProgressState()
        samplingSteps = steps
        self.job = job
        jobCount = -1
        jobTimestamp = timestamp
    }

    mutating func end() {
        job = ""
        jobCount = 0
        previewStep = nil
    }

    mutating func interrupt() { interrupted = true }
    mutating func skip() { skipped = true }
    mutating func clearSkip() { skipped = false }

    mutating func setJobCount(_ count: Int) { jobCount = count }
    mutating func setJob(_ name: String) { job = name }
    mutating func setTextInfo(_ text: String?) { textInfo = text }

    mutating func beginSampling(steps: Int) {
        samplingSteps = steps
        samplingStep = 0
    }

    /// A step is done; `step` is 0-based and so ends one below the number of steps.
    mutating func finishStep(_ step: Int) {
        samplingStep = step
        if step > 0, step % Self.previewEvery == 0 {
            previewID += 1
            previewStep = step
        }
    }

    mutating func nextJob() {
        jobNumber += 1
        samplingStep = 0
    }

    /// The share of `/sdapi/v1/progress`: 0 when idle, else from 0.01 up to 1.
    var apiProgress: Double {
        guard jobCount != 0 else { return 0 }
        return min(apiProgressUncapped, 1)
    }

    private var apiProgressUncapped: Double {
        var progress = 0.01
        if jobCount > 0 { progress += Double(jobNumber) / Double(jobCount) }
        if samplingSteps > 0 { progress += 1 / Double(jobCount) * Double(samplingStep) / Double(samplingSteps) }
        return progress
    }

    /// Forge's guess of the seconds left, from the seconds since the start; negative in the stuck state.
    func apiETA(elapsed: Double) -> Double {
        jobCount == 0 ? 0 : elapsed / apiProgressUncapped - elapsed
    }

    /// The share of `/internal/progress`: from 0.
    var taskProgress: Double {
        guard jobCount > 0 else { return 0 }
        var progress = Double(jobNumber) / Double(jobCount)
        if samplingSteps > 0 { progress += Double(samplingStep) / Double(samplingSteps) / Double(jobCount) }
        return min(progress, 1)
    }

    /// The seconds left by that share, `nil` before the first step.
    func taskETA(elapsed: Double) -> Double? {
        taskProgress > 0 ? elapsed / taskProgress - elapsed : nil
    }
}
