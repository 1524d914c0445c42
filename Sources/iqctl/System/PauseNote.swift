import ImageQueueCore

/// Told to whoever would else wait and wonder.
enum PauseNote {
    static let text = "The queue is paused; `iqctl resume` lets it go on."

    static func tell(of queue: ImageQueue) async throws {
        if try await queue.store.isPaused() { Console.shared.note(text) }
    }
}
