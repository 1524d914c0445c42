internal import ImageQueueCore

/// Told to whoever would else wait and wonder.
enum WaitNote {
    static let paused = "The queue is paused; `iqctl resume` lets it go on."

    static func drained(_ backend: BackendID) -> String {
        "\(backend) is drained and takes no new job; `iqctl backends add \(backend)` puts it back to work."
    }

    static func tell(of queue: ImageQueue) async throws {
        if try await queue.store.isPaused() { Console.shared.note(paused) }
        for status in try await queue.store.backends() where status.isDraining {
            Console.shared.note(TerminalText.line(drained(status.backend)))
        }
    }
}
