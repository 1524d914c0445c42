import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct OneShotTests {
    @Test func `Everybody gets the first value`() async throws {
        let shot = OneShot<Int>()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await shot.value() } }
            shot.fill(1)
            shot.fill(2)
            for try await value in group { #expect(value == 1) }
        }
        #expect(shot.current == 1)
    }

    @Test func `A cancelled task stops waiting at once`() async {
        let shot = OneShot<Int>()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do {
                        _ = try await shot.value()
                        return false
                    } catch { return error is CancellationError }
                }
            }
            group.cancelAll()
            for await wasCancelled in group { #expect(wasCancelled) }
        }
    }
}
