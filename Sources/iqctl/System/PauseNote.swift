import ImageQueueCore

/// Told to whoever would else wait and wonder.
enum PauseNote {
    static let text = "The queue is paused; `iqctl resume` lets it go on."

    static func text(of drained: BackendID) -> String {
        "\(drained) is drained and takes no new job; `iqctl backends add \(drained)` puts it back to work."
    }

    static func tell(of queue: ImageQueue) async throws {
        if try await queue.store.isPaused() { Console.shared.note(text) }
        for status in try await queue.store.backends() where status.isDraining {
            Console.shared.note(TerminalText.line(text(of: status.backend)))
        }
    }
}
