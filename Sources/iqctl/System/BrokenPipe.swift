internal import Foundation

/// What happens when nobody reads our output any more.
enum BrokenPipe {
    /// Lets a write to a closed pipe or socket fail instead of killing the process in the middle of a picture.
    static func ignore() { signal(SIGPIPE, SIG_IGN) }

    /// Ends the process as a tool is expected to end whose reader has gone away.
    static func die() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(128 + SIGPIPE)
    }
}
