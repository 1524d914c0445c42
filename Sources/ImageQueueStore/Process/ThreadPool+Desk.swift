internal import DequeModule

extension ThreadPool {
    /// One request, under the number that its caller cancels it by.
    struct Visit: Sendable {
        let ticket: UInt64
        let request: any ThreadRequest<Context>
    }

    enum Admission {
        case wait
        case waitForNewThread
        case refuse(any Error)
    }

    /// Who waits and who is served. A thread is idle unless it serves.
    struct Desk: Sendable {
        private var waiting: Deque<Visit> = []
        private var interrupts: [UInt64: Interrupt] = [:]
        /// Cancelled while neither in line nor being served.
        private var cancelled: Set<UInt64> = []
        private var lastTicket: UInt64 = 0
        private(set) var threads = 0
        private var idle = 0
        var isClosing = false
        var closers: [CheckedContinuation<Void, Never>] = []

        mutating func newTicket() -> UInt64 {
            lastTicket += 1
            return lastTicket
        }

        mutating func admit(_ visit: Visit, threadLimit: Int) -> Admission {
            if isClosing { return .refuse(StoreError(.closed, "The store has been closed.")) }
            if cancelled.contains(visit.ticket) { return .refuse(CancellationError()) }
            waiting.append(visit)
            guard waiting.count > idle, threads < threadLimit else { return .wait }
            threads += 1
            idle += 1
            return .waitForNewThread
        }

        mutating func next() -> Visit? {
            guard let visit = waiting.popFirst() else { return nil }
            idle -= 1
            return visit
        }

        /// - Returns: false if the caller has gone.
        mutating func begin(_ ticket: UInt64, interrupt: Interrupt?) -> Bool {
            interrupts[ticket] = interrupt
            return !cancelled.contains(ticket)
        }

        mutating func end(_ ticket: UInt64) {
            interrupts[ticket] = nil
            idle += 1
        }

        /// - Returns: who has to be answered: nobody, if he is being served.
        mutating func cancel(_ ticket: UInt64) -> Visit? {
            if let index = waiting.firstIndex(where: { $0.ticket == ticket }) { return waiting.remove(at: index) }
            if let interrupt = interrupts[ticket] {
                interrupt()
            } else {
                cancelled.insert(ticket)
            }
            return nil
        }

        mutating func forget(_ ticket: UInt64) {
            cancelled.remove(ticket)
        }

        /// - Returns: who waits for the last thread's end.
        mutating func threadEnded() -> [CheckedContinuation<Void, Never>] {
            threads -= 1
            idle -= 1
            guard threads == 0 else { return [] }
            defer { closers = [] }
            return closers
        }

        /// A thread could not be started.
        ///
        /// - Returns: who waits in vain, because there is no other thread; and who waits for the last one's end.
        mutating func threadFailed() -> (visits: [Visit], closers: [CheckedContinuation<Void, Never>]) {
            let closers = threadEnded()
            guard threads == 0 else { return ([], closers) }
            defer { waiting = [] }
            return (Array(waiting), closers)
        }
    }
}
