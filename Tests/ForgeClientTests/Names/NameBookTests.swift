import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct NameBookTests {
    @Test func `Many who want to know ask once, and what was said is believed for a time`() async throws {
        let clock = ManualClock()
        let count = Lock(0)
        let open = OneShot<Void>()
        let book = NameBook(time: Timekeeper(clock)) {
            count.withLock { $0 += 1 }
            try await open.value()
            return KnownNames()
        }
        #expect(!book.isFresh(within: .seconds(100)))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { _ = try await book.names(within: .seconds(10)) } }
            try await until { count.withLock(\.self) > 0 }
            open.fill(())
            try await group.waitForAll()
        }
        #expect(count.withLock(\.self) == 1)
        clock.advance(by: .seconds(10))
        _ = try await book.names(within: .seconds(10))
        #expect(count.withLock(\.self) == 1 && book.isFresh(within: .seconds(10)))
        clock.advance(by: .seconds(1))
        #expect(!book.isFresh(within: .seconds(10)))
        _ = try await book.names(within: .seconds(10))
        #expect(count.withLock(\.self) == 2)
    }

    @Test func `A list that can't be had this time is the one that was known before`() async throws {
        let clock = ManualClock()
        let count = Lock(0)
        let euler = try JSONDecoder().decode(
            NameEntry.self,
            from: Data(#"{"name":"Euler a","aliases":["k_euler_a"]}"#.utf8)
        )
        let book = NameBook(time: Timekeeper(clock)) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            return number == 1 ? KnownNames(samplers: [euler], upscalers: []) : KnownNames(upscalers: [euler])
        }
        _ = try await book.names(within: .seconds(1))
        clock.advance(by: .seconds(2))
        let later = try await book.names(within: .seconds(1))
        #expect(count.withLock(\.self) == 2)
        #expect(later == KnownNames(samplers: [euler], upscalers: [euler]))
    }

    @Test func `One who is cancelled while he asks leaves the question to the others`() async throws {
        let count = Lock(0)
        let open = OneShot<Void>()
        let book = NameBook(time: Timekeeper(ManualClock())) {
            let number = count.withLock { count in
                count += 1
                return count
            }
            if number == 1 { try await open.value() }
            return KnownNames()
        }
        let first = Task { try await book.names(within: .seconds(1)) }
        try await until { count.withLock(\.self) > 0 }
        let second = Task { try await book.names(within: .seconds(1)) }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        _ = try await second.value
        #expect(count.withLock(\.self) == 2)
    }
}
