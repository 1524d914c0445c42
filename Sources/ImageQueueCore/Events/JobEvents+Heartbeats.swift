extension JobEvents {
    /// The same events, and a heartbeat whenever none has come for so long: for a door that must send something now and
    /// then, such as server-sent events.
    ///
    /// A heartbeat never delays or replaces an event. The sequence ends with this one.
    ///
    /// - Parameters:
    ///   - interval: How long it is quiet before a heartbeat, and between two; at least a millisecond.
    ///   - clock: Measures the interval.
    public func withHeartbeats(
        every interval: Duration,
        clock: any Clock<Duration> = ContinuousClock()
    ) -> HeartbeatingJobEvents {
        HeartbeatingJobEvents(session: session, interval: Swift.max(interval, .milliseconds(1)), clock: clock)
    }
}

/// ``JobEvents`` with heartbeats between them. One reader at a time.
public struct HeartbeatingJobEvents: AsyncSequence, Sendable {
    /// What comes.
    public enum Element: Sendable, Hashable {
        /// Something has happened.
        case event(JobEvent)
        /// Nothing has happened. The place is the one until which this watcher was told everything: what it could go on
        /// after.
        case heartbeat(EventCursor)
    }

    let session: WatchSession
    let interval: Duration
    let clock: any Clock<Duration>

    /// Begins to read, where the last reader left off.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(session: session, interval: interval, clock: clock, quietSince: clock.measureStart())
    }

    /// Reads events and heartbeats one at a time.
    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        let session: WatchSession
        let interval: Duration
        let clock: any Clock<Duration>
        var quietSince: RunStart

        /// The next event as soon as there is one, or a heartbeat; `nil` after the end or when the task is cancelled.
        ///
        /// - Throws: as ``JobEvents``' iterator.
        public mutating func next() async throws -> Element? {
            switch try await session.read(until: Alarm(interval, after: quietSince, on: clock)) {
            case .event(let event):
                quietSince = clock.measureStart()
                return .event(event)
            case .nothing:
                quietSince = clock.measureStart()
                return .heartbeat(session.watcher.cursor)
            case .end:
                return nil
            }
        }
    }
}
