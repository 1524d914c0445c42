/// A moment to wait for, on any clock.
struct Alarm: Sendable {
    private let clock: any Clock<Duration>
    private let start: RunStart
    private let length: Duration

    /// The moment that lies `length` after `start`.
    init(_ length: Duration, after start: RunStart, on clock: any Clock<Duration>) {
        self.clock = clock
        self.start = start
        self.length = length
    }

    /// A moment that has come.
    static var now: Alarm {
        let clock = ContinuousClock()
        return Alarm(.zero, after: clock.measureStart(), on: clock)
    }

    private var remaining: Duration { length - clock.elapsed(since: start) }

    /// Whether the moment has come.
    var isOver: Bool { remaining <= .zero }

    /// Answers whether it has come: `false` if the task was cancelled before.
    func wait() async -> Bool {
        while !isOver {
            guard (try? await clock.sleepInSteps(for: remaining)) != nil else { return false }
        }
        return true
    }
}
