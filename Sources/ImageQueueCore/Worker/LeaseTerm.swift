/// Until when a worker may believe in its lease: what it knows by itself, without asking the store.
///
/// A worker that could not renew in time stops before others may take what it holds. Once it has been told so, a renewal
/// that comes through late brings nothing back: it has stopped, and only registering anew gives it a lease again.
///
/// A pure value; instants are durations since some fixed moment of a clock that only rises.
package struct LeaseTerm: Sendable, Hashable {
    private let duration: Duration
    /// When the lease ends for everybody else, by the last renewal that is known to be stored.
    package private(set) var end: Duration
    /// Whether its worker has been told that it is over.
    package private(set) var isLost = false

    /// A lease that was stored as counted from `start`.
    package init(from start: Duration, lasting duration: Duration) {
        self.duration = duration
        end = start + duration
    }

    private var margin: Duration { Self.margin(of: duration) }

    /// How long before its end a worker gives up: a tenth of the lease, at least 200 ms, but half of a shorter one.
    static func margin(of duration: Duration) -> Duration { min(max(duration / 10, .milliseconds(200)), duration / 2) }

    /// A renewal counted from `start` is stored. It changes nothing where the worker has stopped already.
    package mutating func renew(from start: Duration) {
        if !isLost { end = max(end, start + duration) }
    }

    /// The worker was taken off the list.
    package mutating func lose() { isLost = true }

    /// Whether the worker may go on. A no is for good.
    package mutating func mayGoOn(at now: Duration) -> Bool {
        if now >= end - margin { isLost = true }
        return !isLost
    }
}
