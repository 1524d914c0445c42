extension Clock where Duration == Swift.Duration {
    /// Sleeps as `sleep(until:)` does, in steps of at most five seconds.
    ///
    /// A cancelled sleep of Swift's own clocks returns at once but leaves its timer, some 600 bytes, until it would have
    /// ended (seen with 6.3): a limit of half an hour beside each picture would pile up half an hour of them.
    ///
    /// - Throws: `CancellationError`.
    package func sleepInSteps(until deadline: Instant) async throws {
        repeat {
            try await sleep(until: min(deadline, now.advanced(by: .seconds(5))), tolerance: nil)
        } while now < deadline
    }

    /// See ``sleepInSteps(until:)``.
    ///
    /// - Throws: `CancellationError`.
    package func sleepInSteps(for duration: Duration) async throws {
        try await sleepInSteps(until: now.advanced(by: duration))
    }
}
