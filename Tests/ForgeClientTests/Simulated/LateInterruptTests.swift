import ForgeSimulator
import ImageQueueCore
import Testing

@testable import ForgeClient

/// A Forge whose threads are all taken has an interrupt in hand before it carries it out (FORGE.md, section 5).
@Suite("An interrupt that Forge answers late", .timeLimit(.minutes(1)))
struct LateInterruptTests {
    @Test("holds the next drawing back until then, and no second one is sent")
    func late() async throws {
        try await Studio.withForge { forge in
            // Longer than the limit, and than a dead connection's interrupt may still arrive.
            forge.order(.delay(.seconds(4)), for: .interrupt)
            let generator = try Studio.generator(forge) { $0.controlTimeout = .milliseconds(300) }
            let cut = Samples.task(1, steps: 1_000)
            let drawing = Task { try await generator.draw(cut) { _ in } }
            try await until { forge.activeTask == cut.id.description }
            #expect(try await generator.interrupt(cut.id) == .sent)
            await #expect(throws: GenerationError.self) { _ = try await drawing.value }
            let again = await #expect(throws: GenerationError.self) { try await generator.interrupt(cut.id) }
            #expect(again?.failureClass == .timedOut)
            #expect(try await generator.interrupt(Samples.taskID(2)) == .notRunning)
            #expect(try await generator.draw(Samples.task(3)) { _ in }.image().width == 64)
            let interrupts = forge.log.filter { $0.path == "/sdapi/v1/interrupt" }
            #expect(interrupts.count == 1)
            let answered = try #require(interrupts.first?.answered)
            let next = try #require(forge.log.last { $0.path == "/sdapi/v1/txt2img" })
            #expect(answered <= next.arrived)
        }
    }
}
