public import ImageQueueCore

/// A callback that remembers what it was given, and throws or hangs where it is told to.
public final class RecordingCallback: Sendable {
    /// What a call does after it has noted its event.
    public enum Behaviour: Sendable {
        /// Returns at once.
        case returns
        /// Throws.
        case fails(any Error & Sendable)
        /// Returns once ``RecordingCallback/release()`` was called, or its task is cancelled.
        case hangs
    }

    private struct State {
        var events: [JobEvent] = []
        var isReleased = false
    }

    private let state = Watched(State())
    private let behave: @Sendable (JobEvent) -> Behaviour

    /// A callback; without `behave` it returns at once.
    public init(_ behave: @escaping @Sendable (JobEvent) -> Behaviour = { _ in .returns }) {
        self.behave = behave
    }

    /// The events so far, in the order of their calls.
    public var events: [JobEvent] { state.value.events }

    /// What to hand to the queue.
    public var body: SafeCallback.Body { { event in try await self.take(event) } }

    /// Lets every call that hangs return, from now on.
    public func release() { state.change { $0.isReleased = true } }

    /// Returns once so many events have come, or the task is cancelled.
    public func events(atLeast count: Int) async { await state.wait { $0.events.count >= count } }

    private func take(_ event: JobEvent) async throws {
        state.change { $0.events.append(event) }
        switch behave(event) {
        case .returns: return
        case .fails(let error): throw error
        case .hangs: await state.wait { $0.isReleased }
        }
    }
}
