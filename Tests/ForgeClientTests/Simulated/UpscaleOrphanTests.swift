import ForgeSimulator
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Forge knows an upscale by no id, and shows it as whatever runs (FORGE.md, section 11).
@Suite("An upscale that a dead worker had sent", .timeLimit(.minutes(1)))
struct UpscaleOrphanTests {
    @Test("is waited for, though Forge does not know its id")
    func waitedFor() async throws {
        try await Studio.withForge([], { $0.stepTime = .seconds(2) }) { forge in
            let generator = try Studio.generator(forge)
            let other = try Studio.generator(forge)
            let task = try Samples.upscale()
            let dead = Task { try await other.draw(task) { _ in } }
            try await until { try await generator.control.serverProgress().state.job == "Upscale" }
            dead.cancel()
            await #expect(throws: CancellationError.self) { _ = try await dead.value }
            try await generator.settleOrphan(task.id)
            #expect(try await generator.control.serverProgress().isIdle)
            #expect(!forge.log.contains { $0.path == "/sdapi/v1/interrupt" })
        }
    }
}
