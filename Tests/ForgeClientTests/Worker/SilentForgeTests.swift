import ForgeSimulator
import ImageQueueCore
import Testing

@testable import ForgeClient

/// A process that is stopped (SIGSTOP), or a machine that is switched off, neither answers nor refuses nor closes.
@Suite("A Forge that falls silent", .timeLimit(.minutes(1)))
struct SilentForgeTests {
    /// Draws for an hour, and from the moment it is told to answers nothing.
    private func withForge(_ body: (ForgeSimulator) async throws -> Void) async throws {
        try await Studio.withForge([], { $0.stepTime = .seconds(3600) }, body)
    }

    private func generator(_ forge: ForgeSimulator) throws -> ForgeGenerator {
        try Studio.generator(forge) {
            $0.controlTimeout = .milliseconds(300)
            $0.stallLimit = .seconds(2)
        }
    }

    @Test("in the middle of a drawing hangs, though it took the request")
    func hung() async throws {
        try await withForge { forge in
            let generator = try generator(forge)
            let task = Samples.task()
            let drawing = Task { try await generator.draw(task) { _ in } }
            try await until { forge.activeTask == task.id.description }
            forge.order(.hang, for: .any)
            let error = await #expect(throws: GenerationError.self) { _ = try await drawing.value }
            #expect(error?.failureClass == .hung)
        }
    }

    @Test("does not keep a cancelled job from its end")
    func cancelled() async throws {
        try await withForge { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.controlTimeout = .milliseconds(300) }
            try await studio.working(on: [generator], { $0.interruptGrace = .seconds(1) }) {
                let job = try await studio.submit()
                try await until { forge.activeTask != nil }
                forge.order(.hang, for: .any)
                _ = try await studio.queue.cancel(job)
                #expect(try await studio.ended(job).failure == .cancelledStillDrawing)
            }
            #expect(forge.generations.count == 1)
        }
    }
}
