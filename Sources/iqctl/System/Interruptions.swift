internal import Dispatch
internal import Foundation
internal import ImageQueueConcurrency

/// Ctrl-C and SIGTERM: the first is told, the second ends the process at once, whatever it does.
final class Interruptions: Sendable {
    /// An element for the first signal; never more.
    let first: AsyncStream<Void>
    private let sources: [Source]

    /// Begins to catch them.
    ///
    /// - Parameter status: What the process exits with at the second.
    init(leavingWith status: ExitStatus) {
        let (first, teller) = AsyncStream.makeStream(of: Void.self)
        self.first = first
        let queue = DispatchQueue(label: "iqctl.signals")
        let counter = Counter()
        sources = [SIGINT, SIGTERM].map { number in
            #if canImport(Darwin)
            // kqueue sees a signal only after its handler; libdispatch on Linux installs a handler of its own.
            signal(number, SIG_IGN)
            #endif
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if counter.next() == 1 {
                    teller.yield()
                    teller.finish()
                } else {
                    Console.shared.noteLast("Leaving at once.")
                    _exit(status.rawValue)
                }
            }
            source.resume()
            return Source(source: source)
        }
    }

    deinit {
        for source in sources { source.source.cancel() }
    }

    /// Dispatch's objects are thread-safe; its overlay on Linux doesn't say so.
    private struct Source: @unchecked Sendable {
        let source: any DispatchSourceSignal
    }

    private final class Counter: Sendable {
        private let value = Lock(0)

        func next() -> Int {
            value.withLock {
                $0 += 1
                return $0
            }
        }
    }
}
