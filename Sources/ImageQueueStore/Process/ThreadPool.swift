/// A few threads of the library, each with a thing of its own (a connection, or nothing) that never leaves it. Requests
/// are served in the order they came; threads are started as they are needed.
final class ThreadPool<Context>: Sendable {
    /// How to stop what a context is doing, from any thread.
    typealias Interrupt = @Sendable () -> Void

    private let name: String
    private let size: Int
    private let make: @Sendable () throws -> Context
    private let interrupt: @Sendable (Context) -> Interrupt?
    private let desk: Monitor<Desk>

    /// - Parameters:
    ///   - make: makes the thing of a thread, on that thread. If it fails the request fails,
    ///     and the next one tries again.
    ///   - interrupt: how to stop a request whose caller was cancelled; by default it runs to its end.
    init(
        name: String,
        size: Int,
        make: @escaping @Sendable () throws -> Context,
        interrupt: @escaping @Sendable (Context) -> Interrupt? = { _ in nil }
    ) {
        self.name = name
        self.size = max(1, size)
        self.make = make
        self.interrupt = interrupt
        desk = Monitor(Desk())
    }

    deinit {
        desk.withLock { $0.isClosing = true }
        desk.wakeAll()
    }

    /// Runs `body` on one of the threads.
    ///
    /// - Throws: what `body` throws, `CancellationError` if its caller was cancelled before it began, `closed`.
    @discardableResult
    func run<Value: Sendable>(_ body: @escaping @Sendable (Context) throws -> Value) async throws -> Value {
        let ticket = desk.withLock { $0.newTicket() }
        defer { if Task.isCancelled { desk.withLock { $0.forget(ticket) } } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let request = TypedThreadRequest(body, answering: continuation)
                switch desk.withLock({ $0.admit(Visit(ticket: ticket, request: request), threadLimit: size) }) {
                case .wait: desk.wakeOne()
                case .waitForNewThread: startThread()
                case .refuse(let error): request.answer(error)
                }
            }
        } onCancel: {
            let visit = desk.withLock { $0.cancel(ticket) }
            visit?.request.answer(CancellationError())
        }
    }

    /// Serves what came before, then ends the threads. Idempotent.
    func close() async {
        await withCheckedContinuation { continuation in
            let hasEnded = desk.withLock { desk in
                desk.isClosing = true
                if desk.threads > 0 { desk.closers.append(continuation) }
                return desk.threads == 0
            }
            desk.wakeAll()
            if hasEnded { continuation.resume() }
        }
    }

    // MARK: - Threads

    private func startThread() {
        do {
            try StoreThread.start(named: name) { [desk, make, interrupt] in
                Self.serve(desk, make, interrupt)
                // The context has been let go of by now: closed means closed.
                let closers = desk.withLock { $0.threadEnded() }
                for closer in closers { closer.resume() }
            }
        } catch {
            // The other threads serve it; if there are none, nobody will.
            let (visits, closers) = desk.withLock { $0.threadFailed() }
            for visit in visits { visit.request.answer(error) }
            for closer in closers { closer.resume() }
        }
    }

    private static func serve(
        _ desk: Monitor<Desk>,
        _ make: () throws -> Context,
        _ interrupt: (Context) -> Interrupt?
    ) {
        var context: Context?
        while let visit = nextVisit(desk) {
            var failure: (any Error)?
            do {
                let made = try context ?? make()
                context = made
                let isWanted = desk.withLock { $0.begin(visit.ticket, interrupt: interrupt(made)) }
                guard isWanted else { throw CancellationError() }
                try visit.request.run(on: made)
            } catch {
                failure = error
            }
            // From `begin` to here a cancellation interrupts; after it nothing of this request can hit the next one.
            desk.withLock { $0.end(visit.ticket) }
            visit.request.answer(failure)
        }
    }

    private static func nextVisit(_ desk: Monitor<Desk>) -> Visit? {
        let next: Visit?? = desk.wait(looking: .microseconds(40)) { desk in
            if let visit = desk.next() { return .some(visit) }
            return desk.isClosing ? .some(nil) : nil
        }
        return next ?? nil
    }
}
