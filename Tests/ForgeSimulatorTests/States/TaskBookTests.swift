import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct TaskBookTests {
    @Test func aTaskThatGoesWell() {
        var book = TaskBook()
        #expect(book.state(of: "a") == .unknown)
        book.queue("a")
        book.queue("b")
        #expect(book.state(of: "a") == .queued(place: 1, of: 2))
        #expect(book.state(of: "b") == .queued(place: 2, of: 2))
        book.start("a")
        #expect(book.state(of: "a") == .active)
        #expect(book.state(of: "b") == .queued(place: 1, of: 1))
        book.finish("a")
        #expect(book.state(of: "a") == .finished)
        #expect(book.current == nil)
    }

    @Test func oneThatFailsAfterItsStartStaysActiveUntilTheNext() {
        var book = TaskBook()
        book.queue("a")
        book.start("a")
        book.queue("b")
        #expect(book.state(of: "a") == .active)
        book.start("b")
        #expect(book.state(of: "a") == .unknown)
    }

    @Test func oneThatFailsBeforeItsStartIsQueuedForEver() {
        var book = TaskBook()
        book.queue("zombie")
        book.queue("a")
        book.start("a")
        book.finish("a")
        #expect(book.state(of: "zombie") == .queued(place: 1, of: 1))
    }

    @Test func oneIdTwiceIsQueuedAndActiveAtOnce() {
        var book = TaskBook()
        book.queue("a")
        book.start("a")
        book.queue("a")
        #expect(book.state(of: "a") == .active)
        #expect(book.isQueued("a"))
        book.finish("a")
        #expect(book.isFinished("a"))
        #expect(book.isQueued("a"))
    }

    @Test func noIdIsActiveWheneverNothingRuns() {
        var book = TaskBook()
        #expect(book.state(of: nil) == .active)
        book.start("a")
        #expect(book.state(of: nil) == .unknown)
    }

    @Test func remembersSixteen() {
        var book = TaskBook()
        for number in 0..<17 {
            book.start("\(number)")
            book.finish("\(number)")
        }
        #expect(book.state(of: "0") == .unknown)
        #expect(book.state(of: "1") == .finished)
    }
}
