/// Notices that Forge no longer has the task whose answer we wait for.
struct LossDetector: Sendable, Equatable {
    enum Observation: Sendable, Equatable {
        /// It is drawn, or waits to be.
        case alive
        /// Something is drawn, and nobody says whose it is.
        case busy
        /// Forge does not know it: it was restarted, or never got the request.
        case gone
        /// It has ended: the answer should be on its way.
        case ended
        /// Nobody listens any more.
        case refused
    }

    private static let polls = 3
    /// A request that has just arrived is not known yet.
    private static let grace = Duration.seconds(3)
    /// Encoding a large picture takes a while after its task has ended.
    private static let graceAfterEnd = Duration.seconds(10)

    /// The time that Forge is given to encode a picture of so many pixels as PNG: for a million, zlib's level 6 was
    /// seen to take 0.13 to 0.4 s, by what is in it.
    static func encodingTime(ofPixels count: Int) -> Duration { .seconds(count) / 1_000_000 }

    /// Signs of one kind in a row.
    private struct Row: Sendable, Equatable {
        var since: Duration?
        var count = 0

        /// Whether they are enough.
        mutating func add(at now: Duration, over grace: Duration) -> Bool {
            let start = since ?? now
            since = start
            count += 1
            return count >= LossDetector.polls && now - start >= grace
        }
    }

    private let uploadTime: Duration
    private let encodingTime: Duration
    /// That Forge does not have it.
    private var absences = Row()
    private var refusals = Row()
    private var hasEnded = false

    /// - Parameters:
    ///   - uploadTime: How long the request may be on its way: until it is there whole, Forge knows nothing of it.
    ///   - encodingTime: How long the picture's encoding may take.
    init(uploadTime: Duration = .zero, encodingTime: Duration = .zero) {
        self.uploadTime = uploadTime
        self.encodingTime = encodingTime
    }

    /// The time that a body of so many bytes takes over the slowest line that pictures are sent over, of 1 Mbit/s.
    static func uploadTime(of bytes: Int) -> Duration { .seconds(bytes) / 125_000 }

    /// Whether the task is to be taken as lost.
    mutating func observe(_ observation: Observation, at now: Duration) -> Bool {
        switch observation {
        case .alive:
            // It has arrived.
            self = LossDetector(encodingTime: encodingTime)
            return false
        case .busy:
            self = LossDetector(uploadTime: uploadTime, encodingTime: encodingTime)
            return false
        case .refused:
            return refusals.add(at: now, over: Self.grace)
        case .gone, .ended:
            if observation == .ended { hasEnded = true }
            refusals = Row()
            let grace = hasEnded ? Self.graceAfterEnd + encodingTime : Self.grace
            return absences.add(at: now, over: max(grace, uploadTime))
        }
    }
}
