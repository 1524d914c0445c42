import ImageQueueConcurrency
import Testing

@testable import ImageQueueCore

@Suite("Handing things from one task to another", .timeLimit(.minutes(1)))
struct HandOverTests {
    @Test("Everything arrives, in order, and the end after it")
    func order() async {
        let line = HandOver<Int>(capacity: 1)
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<1_000 { await line.give(number) }
                line.finish()
            }
            var taken: [Int] = []
            while let number = await line.take() { taken.append(number) }
            #expect(taken == Array(0..<1_000))
        }
    }

    private final class Given: Sendable {
        private let state = Lock(0)
        var count: Int { state.withLock { $0 } }
        func note() { state.withLock { $0 += 1 } }
    }

    @Test("Who gives waits while more than the capacity lies there")
    func bound() async {
        let line = HandOver<Int>(capacity: 1)
        let given = Given()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for number in 0..<10 {
                    await line.give(number)
                    given.note()
                }
                line.finish()
            }
            var taken = 0
            while await line.take() != nil {
                taken += 1
                for _ in 0..<50 { await Task.yield() }
                // One lies there, and one more is in the giver's hands.
                #expect(given.count <= taken + 1)
            }
            #expect(taken == 10)
        }
    }

    @Test("A cancelled taker still gets what was handed over")
    func cancelled() async {
        let line = HandOver<Int>(capacity: 1)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return await line.take()
        }
        task.cancel()
        await line.give(7)
        line.finish()
        #expect(await task.value == 7)
        #expect(await line.take() == nil)
    }
}
