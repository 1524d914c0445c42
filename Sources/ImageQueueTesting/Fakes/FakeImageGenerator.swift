public import ImageQueueCore

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// An ``ImageQueueCore/ImageGenerator`` without a backend: it draws what its script says, and remembers every call.
///
/// Each `draw` takes the script's next step; once the script is at its end, a picture comes at once. Pictures are valid
/// PNGs of one pixel whose bytes depend on the seed alone.
public final class FakeImageGenerator: ImageGenerator {
    /// What one `draw` does.
    public struct Step: Sendable {
        /// What it tells of its progress, in this order, before it waits or answers.
        public var progress: [DrawingProgress]
        /// Whether it then waits for ``FakeImageGenerator/release()`` or an interrupt.
        public var hangs: Bool
        /// What it fails with; `nil` for a picture.
        public var failure: GenerationError?
        /// Whether the picture, once the backend is free of it, arrives only after ``FakeImageGenerator/deliver()``.
        public var arrivesLate: Bool
        /// What the picture fails with on its way.
        public var loss: GenerationError?
        /// What the picture is said to differ in.
        public var warnings: [String]

        /// A step.
        public init(
            progress: [DrawingProgress] = [],
            hangs: Bool = false,
            failure: GenerationError? = nil,
            arrivesLate: Bool = false,
            loss: GenerationError? = nil,
            warnings: [String] = []
        ) {
            self.progress = progress
            self.hangs = hangs
            self.failure = failure
            self.arrivesLate = arrivesLate
            self.loss = loss
            self.warnings = warnings
        }

        /// A picture at once.
        public static let picture = Step()
        /// A picture once it is released.
        public static let hanging = Step(hangs: true)
        /// A failure at once.
        public static func failing(_ failure: GenerationError) -> Step { Step(failure: failure) }
    }

    /// What was asked of the generator.
    public enum Call: Sendable, Hashable {
        /// A picture was to be drawn.
        case draw(DrawingTask)
        /// A task was to be stopped.
        case interrupt(DrawingTask.ID)
        /// A dead worker's task was to be seen to.
        case settleOrphan(DrawingTask.ID)
        /// Its health was asked.
        case checkHealth
    }

    private struct State {
        var script: [Step]
        var calls: [Call] = []
        var drawing: Set<DrawingTask.ID> = []
        var interrupted: Set<DrawingTask.ID> = []
        var releases: Set<DrawingTask.ID> = []
        var interruptOutcome: InterruptOutcome?
        var interruptFailure: GenerationError?
        var deliveries = 0
        var ill: GenerationError?
        var settlingFailure: GenerationError?
    }

    /// The backend that it stands for.
    public let backend: BackendID
    private let state: Watched<State>

    /// A generator with its script.
    public init(backend: BackendID = BackendID(rawValue: "http://fake.invalid:7860"), script: [Step] = []) {
        self.backend = backend
        state = Watched(State(script: script))
    }

    /// Every call so far, in order.
    public var calls: [Call] { state.value.calls }

    /// The tasks that were to be drawn, in order.
    public var drawn: [DrawingTask] {
        calls.compactMap { call in if case .draw(let task) = call { task } else { nil } }
    }

    /// Whether a drawing is under way.
    public var isDrawing: Bool { !state.value.drawing.isEmpty }

    /// None while interrupts are answered with `.impossible`.
    public var interruptibleKinds: Set<ImageRequest.Kind> {
        state.value.interruptOutcome == .impossible ? [] : Set(ImageRequest.Kind.allCases)
    }

    /// Adds steps to the script's end.
    public func enqueue(_ steps: Step...) { state.change { $0.script += steps } }

    /// Lets every drawing that hangs answer.
    public func release() { state.change { $0.releases.formUnion($0.drawing) } }

    /// Lets every picture arrive that is on its way.
    public func deliver() { state.change { $0.deliveries += 1 } }

    /// What health checks fail with from now on; `nil` for a healthy backend.
    public func becomeIll(_ error: GenerationError?) { state.change { $0.ill = error } }

    /// What interrupts lead to from now on; `nil` for what is true of the task.
    public func answerInterrupts(with outcome: InterruptOutcome?) { state.change { $0.interruptOutcome = outcome } }

    /// What interrupts fail with from now on: the backend can't be asked, and nothing is sent.
    public func failInterrupts(with error: GenerationError?) { state.change { $0.interruptFailure = error } }

    /// What seeing to an orphan fails with the next time.
    public func failSettlingOnce(with error: GenerationError) { state.change { $0.settlingFailure = error } }

    /// Returns once so many calls to `draw` have come, or the task is cancelled.
    public func draws(atLeast count: Int) async {
        await state.wait { state in
            state.calls.reduce(0) { sum, call in if case .draw = call { sum + 1 } else { sum } } >= count
        }
    }

    /// Does what the script's next step says.
    public func draw(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> any ArrivingImage {
        let step = state.change { state in
            state.calls.append(.draw(task))
            state.drawing.insert(task.id)
            return state.script.isEmpty ? .picture : state.script.removeFirst()
        }
        defer {
            state.change { state in
                state.drawing.remove(task.id)
                state.releases.remove(task.id)
                state.interrupted.remove(task.id)
            }
        }
        for progress in step.progress { onProgress(progress) }
        if step.hangs {
            await state.wait { $0.releases.contains(task.id) || $0.interrupted.contains(task.id) }
            try Task.checkCancellation()
        }
        if let failure = step.failure { throw failure }
        let image = DrawnImage(
            bytes: TinyPNG.bytes(seed: task.seed ?? 0),
            format: .png,
            width: 1,
            height: 1,
            seed: task.seed.map { UInt64($0) },
            infotext: task.seed.map { "Seed: \($0)" },
            warnings: step.warnings
        )
        guard step.arrivesLate || step.loss != nil else { return image }
        return Arriving(generator: self, whole: image, step: step, deliveries: state.value.deliveries)
    }

    /// A picture on its way.
    private struct Arriving: ArrivingImage {
        let generator: FakeImageGenerator
        let whole: DrawnImage
        let step: Step
        let deliveries: Int

        func image() async throws -> DrawnImage {
            if step.arrivesLate {
                await generator.state.wait { $0.deliveries > deliveries }
                try Task.checkCancellation()
            }
            if let loss = step.loss { throw loss }
            return whole
        }
    }

    /// Stops a task that is being drawn: its `draw` then answers with a picture that must not be used.
    public func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome {
        try state.change { state -> Result<InterruptOutcome, GenerationError> in
            state.calls.append(.interrupt(task))
            if let failure = state.interruptFailure { return .failure(failure) }
            let outcome = state.interruptOutcome ?? (state.drawing.contains(task) ? .sent : .notRunning)
            if outcome == .sent { state.interrupted.insert(task) }
            return .success(outcome)
        }.get()
    }

    /// Notes the call.
    public func settleOrphan(_ task: DrawingTask.ID) async throws {
        let error = state.change { state in
            state.calls.append(.settleOrphan(task))
            defer { state.settlingFailure = nil }
            return state.settlingFailure
        }
        if let error { throw error }
    }

    /// Fails while the backend is ill.
    public func checkHealth() async throws {
        let error = state.change { state in
            state.calls.append(.checkHealth)
            return state.ill
        }
        if let error { throw error }
    }
}
