/// When something began, on a clock whose instants nobody else needs.
struct RunStart: Sendable {
    fileprivate let elapsed: @Sendable () -> Duration
}

extension Clock where Duration == Swift.Duration {
    /// Notes this moment.
    func measureStart() -> RunStart {
        let start = now
        return RunStart { start.duration(to: self.now) }
    }

    /// The time since a noted moment.
    func elapsed(since start: RunStart) -> Duration { start.elapsed() }
}
