internal import ImageQueueCore

/// What the questions about one drawing have told so far: its progress, whether it is lost, who cut jobs short.
struct DrawingWatch: Sendable, Equatable {
    /// What a look leads to.
    struct Finding: Sendable, Equatable {
        var news: DrawingProgress?
        var isLost = false
        /// For how long the drawing has not moved, or nobody has said anything.
        var still = Duration.zero
    }

    private var track = ProgressTrack()
    private var loss: LossDetector
    private var stillness = Stillness()
    /// The jobs that were cut short while they ran.
    private var cutShort: Set<String> = []
    private let sent: Duration
    /// When a question was answered last.
    private var heard: Duration

    /// - Parameters:
    ///   - sent: When our request left.
    ///   - uploadTime: How long it may be on its way.
    ///   - encodingTime: How long Forge may encode the picture once it is drawn.
    init(sent: Duration = .zero, uploadTime: Duration = .zero, encodingTime: Duration = .zero) {
        self.sent = sent
        heard = sent
        loss = LossDetector(uploadTime: uploadTime, encodingTime: encodingTime)
    }

    /// A look at our own task, with what the server said right after, if it was asked.
    mutating func see(_ task: TaskProgress, server: ServerProgress?, at now: Duration) -> Finding {
        heard = now
        if task.isActive, let server, !server.isIdle { note(server) }
        var finding = Finding()
        if task.isActive { finding.news = track.take(fraction: task.progress, eta: task.eta) }
        finding.isLost = loss.observe(observation(of: task, server), at: now)
        let running = server.flatMap { $0.isIdle ? nil : $0.state }
        let mark = Stillness.Mark(
            fraction: task.progress ?? 0,
            step: running?.samplingStep,
            job: running?.jobNumber
        )
        finding.still = stillness.observe(task.isActive ? mark : nil, at: now)
        return finding
    }

    /// A look at the server alone, which does not say whose job runs (`--nowebui`).
    mutating func see(_ server: ServerProgress, at now: Duration) -> Finding {
        heard = now
        var finding = Finding()
        finding.isLost = loss.observe(server.isIdle ? .ended : .busy, at: now)
        let state = server.state
        let mark = Stillness.Mark(fraction: server.progress, step: state.samplingStep, job: state.jobNumber)
        finding.still = stillness.observe(server.isIdle ? nil : mark, at: now)
        guard !server.isIdle else { return finding }
        note(server)
        // A job that was under way before ours was sent is somebody else's, and so is its progress.
        guard let running = server.running, running <= now - sent + Self.haste else { return finding }
        let hasSteps = server.state.samplingStep > 0 || server.state.jobNumber > 0
        // Before the first step the guess of the time left is nonsense (FORGE.md, section 7).
        finding.news = track.take(fraction: server.progress, eta: hasSteps ? server.eta : nil)
        return finding
    }

    /// Forge's clock and ours may differ in how fast they go.
    private static let haste = Duration.milliseconds(100)

    /// The server answers; what it says tells nothing of the task, which it does not know by an id.
    mutating func seeLife(at now: Duration) -> Finding {
        heard = now
        return Finding(isLost: loss.observe(.alive, at: now))
    }

    /// Somebody answers, but not what was asked.
    mutating func seeNonsense(at now: Duration) -> Finding {
        heard = now
        return Finding()
    }

    /// No answer came: a server that was stopped, or whose machine is off, neither refuses nor closes a connection.
    func seeSilence(at now: Duration) -> Finding {
        Finding(still: now - heard)
    }

    /// Nobody listens.
    mutating func seeRefusal(at now: Duration) -> Finding {
        Finding(isLost: loss.observe(.refused, at: now))
    }

    /// Whether the job of that name was cut short, by these looks or a last one after its end.
    func wasCutShort(_ jobTimestamp: String?, lastLook: ServerProgress?) -> Bool {
        guard let jobTimestamp else { return false }
        if cutShort.contains(jobTimestamp) { return true }
        return lastLook.map { $0.wasCutShort && $0.state.jobTimestamp == jobTimestamp } ?? false
    }

    private mutating func note(_ server: ServerProgress) {
        if server.wasCutShort, let job = server.state.jobTimestamp { cutShort.insert(job) }
    }

    private func observation(of task: TaskProgress, _ server: ServerProgress?) -> LossDetector.Observation {
        if task.isQueued { return .alive }
        // A failed task looks active until another begins (FORGE.md, section 6).
        if task.isActive { return server?.isIdle == true ? .ended : .alive }
        return task.isCompleted ? .ended : .gone
    }
}
