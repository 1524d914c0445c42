import Foundation
import Testing

@testable import ImageQueueStore

@Suite(.timeLimit(.minutes(1)))
struct DoorbellTests {
    private let directory: TemporaryDirectory
    private let database: String

    init() throws {
        directory = try TemporaryDirectory()
        database = directory.file("queue.db")
    }

    /// No look comes to help within a test's time.
    private var strict: Doorbell.Configuration {
        Doorbell.Configuration(slowLook: .seconds(3_600), deafLook: .seconds(3_600))
    }

    private func bell(_ configuration: Doorbell.Configuration) async throws -> Doorbell {
        try await onThread { [database] in try Doorbell(database: database, configuration: configuration) }
    }

    /// Stops, and waits for the end of the bell's thread: until then it makes the bell's file anew, be it in a folder
    /// that is being removed.
    private func stop(_ listener: Doorbell.Listener, of bell: Doorbell) async throws {
        bell.stopListening(listener)
        while bell.hearsKernel { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test("A ring wakes the listeners of another bell on the same database, every time")
    func across() async throws {
        let (ringer, listener) = (try await bell(strict), try await bell(strict))
        let (asked, heard) = (Counter(), AsyncStream<Int>.makeStream())
        // What a listener does: read the state that the ring tells of.
        let listening = try listener.listen { _ in heard.continuation.yield(asked.value) }
        var values = heard.stream.makeAsyncIterator()
        for number in 1...500 {
            try await onThread {
                asked.set(number)
                ringer.ring(BellMark(log: "a", file: 1, sequence: Int64(number)))
            }
            while let value = await values.next(), value < number {}
        }
        let size = try FileManager.default.attributesOfItem(atPath: database + "-bell")[.size] as? Int
        #expect(size == BellMark.byteCount)
        let mark = try await onThread { listener.mark() }
        #expect(mark == BellMark(log: "a", file: 1, sequence: 500))
        #expect(try permissions(database + "-bell") == 0o600)
        try await stop(listening, of: listener)
    }

    @Test("The bell wakes its own process, with and without the kernel's help", arguments: [true, false])
    func own(usesKernelEvents: Bool) async throws {
        var configuration = strict
        configuration.usesKernelEvents = usesKernelEvents
        let bell = try await bell(configuration)
        let (asked, heard) = (Counter(), AsyncStream<Int>.makeStream())
        let listening = try bell.listen { _ in heard.continuation.yield(asked.value) }
        var values = heard.stream.makeAsyncIterator()
        for number in 1...100 {
            try await onThread {
                asked.set(number)
                bell.ring()
            }
            while let value = await values.next(), value < number {}
        }
        try await stop(listening, of: bell)
    }

    @Test("Without the kernel's help another process's ring is found by looking")
    func deaf() async throws {
        var configuration = Doorbell.Configuration(slowLook: .seconds(3_600), deafLook: .milliseconds(5))
        configuration.usesKernelEvents = false
        let bell = try await bell(configuration)
        let heard = AsyncStream<Doorbell.Wake>.makeStream()
        let listening = try bell.listen { heard.continuation.yield($0) }
        var wakes = heard.stream.makeAsyncIterator()
        while let wake = await wakes.next(), wake != .look {}
        try await stop(listening, of: bell)
    }

    @Test("Nobody ringing, a slow look comes")
    func slowLook() async throws {
        let bell = try await bell(Doorbell.Configuration(slowLook: .milliseconds(10)))
        let heard = AsyncStream<Doorbell.Wake>.makeStream()
        let listening = try bell.listen { heard.continuation.yield($0) }
        var wakes = heard.stream.makeAsyncIterator()
        while let wake = await wakes.next(), wake != .look {}
        try await stop(listening, of: bell)
    }

    @Test("A bell whose file is deleted or replaced goes on", arguments: ["delete", "rename", "replace"])
    func deleted(how: String) async throws {
        let (ringer, listener) = (try await bell(strict), try await bell(strict))
        let (asked, heard) = (Counter(), AsyncStream<Int>.makeStream())
        let listening = try listener.listen { _ in heard.continuation.yield(asked.value) }
        var values = heard.stream.makeAsyncIterator()
        let path = database + "-bell"
        for number in 1...50 {
            switch how {
            case "delete": unlink(path)
            case "rename": rename(path, path + "-old")
            default:
                try Data().write(to: URL(fileURLWithPath: path + "-new"))
                rename(path + "-new", path)
            }
            try await onThread {
                asked.set(number)
                ringer.ring()
            }
            while let value = await values.next(), value < number {}
        }
        try await stop(listening, of: listener)
    }

    @Test("A file that replaces the watched one is another, whatever number it gets")
    func reusedNumber() async throws {
        try await onThread { [path = database + "-bell"] in
            let events = try BellEvents(path: path)
            for _ in 1...20 {
                unlink(path)
                try Data().write(to: URL(fileURLWithPath: path))
                #expect(events.isStale(path))
            }
        }
    }

    @Test("Who stops listening isn't called, and the bell can be heard again")
    func stop() async throws {
        let bell = try await bell(strict)
        let calls = Counter()
        let first = try bell.listen { _ in calls.add() }
        let (asked, heard) = (Counter(), AsyncStream<Int>.makeStream())
        var values = heard.stream.makeAsyncIterator()
        let second = try bell.listen { _ in heard.continuation.yield(asked.value) }
        _ = await values.next()
        bell.stopListening(first)
        let before = calls.value
        for number in 1...10 {
            try await onThread {
                asked.set(number)
                bell.ring()
            }
            while let value = await values.next(), value < number {}
        }
        bell.stopListening(second)
        // One call may have been under way.
        #expect(calls.value <= before + 1)
        let third = AsyncStream<Void>.makeStream()
        let listening = try bell.listen { _ in third.continuation.yield() }
        var again = third.stream.makeAsyncIterator()
        _ = await again.next()
        try await stop(listening, of: bell)
    }
}
