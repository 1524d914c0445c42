internal import ImageQueueConcurrency

/// The readers that an event wakes.
struct Crowd: Sendable {
    private let readers: [Watcher.Reader]

    init(_ readers: [Watcher.Reader]) {
        self.readers = readers
    }

    /// To wake a thousand tasks takes the runtime longer than to tell them, so the thread that publishes leaves many to
    /// another one. To start that takes as long as to wake about this many.
    static let limit = 128

    /// Wakes them all. A reader that is not yet awake misses nothing: what it is to read lies in its watcher.
    func wake() {
        guard readers.count > Self.limit else { return wakeHere() }
        do {
            try LibraryThread.start(named: "imagequeue-wake") { wakeHere() }
        } catch {
            // No thread is left: it takes longer, that is all.
            wakeHere()
        }
    }

    private func wakeHere() {
        for reader in readers { reader.resume() }
    }
}
