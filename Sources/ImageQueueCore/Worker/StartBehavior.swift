/// Whether the queue draws once a worker has started. Applied when it registers, and durable.
///
/// Only the first worker decides: one that joins others alive changes nothing.
public enum StartBehavior: Sendable {
    /// A queue that was paused stays paused, and one that ran runs.
    case asItWas
    /// It draws.
    case run
    /// It holds claims back until somebody resumes it.
    case paused
}
