internal import ImageQueueConcurrency
internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Wakes everyone who watches a database, in this process and in others, as soon as something was committed.
///
/// Ringing writes a ``BellMark`` over the last one in a file beside the database; watchers have the kernel tell them.
/// Nothing is said but "look": what has changed stands in the database. Not the `-wal` file is watched, which is
/// written before a commit can be read.
final class Doorbell: Sendable {
    /// How it is listened to.
    struct Configuration: Sendable {
        /// A look that no ring has asked for, as a net.
        var slowLook = Duration.seconds(1)
        /// A look where the kernel tells nothing (no inotify instance left).
        var deafLook = Duration.milliseconds(100)
        /// False as if the kernel told nothing.
        var usesKernelEvents = true
    }

    /// Why a listener is called.
    enum Wake: Sendable {
        /// Something was committed, or may have been.
        case ring
        /// Nothing was heard for a while.
        case look
    }

    private let path: String
    private let configuration: Configuration
    private let logger: Logger
    private let clapper: Monitor<Clapper>
    private let audience: Monitor<Audience>

    /// Opens the bell, and makes its file where it is missing.
    ///
    /// - Parameter database: the path of the database; the bell is `<database>-bell`.
    init(
        database: String,
        configuration: Configuration = Configuration(),
        logger: Logger = Logger(label: "imagequeue.doorbell", factory: { _ in SwiftLogNoOpLogHandler() })
    ) throws(StoreError) {
        assertOwnThread()
        path = database + "-bell"
        self.configuration = configuration
        self.logger = logger
        audience = Monitor(Audience())
        do throws(SystemError) {
            clapper = Monitor(try Clapper(path: path))
        } catch {
            throw StoreError(error)
        }
    }

    deinit {
        audience.withLock { $0.alarm?.ring() }
    }

    /// Rings: a look at the file's name, a read and a write of some bytes, a few microseconds. Call it after COMMIT, on
    /// a thread of the library. If the file can't be written the slow look must do: a commit never fails for its bell.
    ///
    /// - Parameter mark: what the database is now, if that could be read.
    func ring(_ mark: BellMark? = nil) {
        assertOwnThread()
        let isHeard = clapper.withLock { $0.ring(mark) }
        if !isHeard || !audience.withLock({ $0.hearsKernel }) {
            audience.withLock { $0.alarm?.ring() }
        }
    }

    /// What the bell says of the database; nil if nothing.
    func mark() -> BellMark? { clapper.withLock { $0.mark() } }

    /// Has the bell say this of the database, whatever it said before. Survives a power cut; also rings.
    func engrave(_ mark: BellMark) throws(StoreError) {
        let problem: SystemError? = clapper.withLock { clapper in
            do throws(SystemError) {
                try clapper.engrave(mark)
                return nil
            } catch {
                return error
            }
        }
        if let problem { throw StoreError(problem) }
    }

    /// Calls `body` on the bell's own thread: once soon, then after every ring from now on (several rings may share a
    /// call), and when nothing was heard for a while. It must be quick, and must not wait.
    ///
    /// - Returns: what ``stopListening(_:)`` takes.
    func listen(_ body: @escaping @Sendable (Wake) -> Void) throws(StoreError) -> Listener {
        let (listener, isFirst, alarm) = audience.withLock { audience in
            audience.lastListener += 1
            let listener = Listener(number: audience.lastListener)
            audience.listeners[listener] = body
            let isFirst = !audience.isAttended
            audience.isAttended = true
            return (listener, isFirst, audience.alarm)
        }
        // A newcomer is called at once: what was rung before he came, he may not have seen.
        alarm?.ring()
        if isFirst {
            do throws(StoreError) {
                try attend()
            } catch {
                stopListening(listener)
                throw error
            }
        }
        return listener
    }

    /// After it has returned `body` is not called anew; a call that runs may still be ending.
    func stopListening(_ listener: Listener) {
        let alarm = audience.withLock { audience in
            audience.listeners[listener] = nil
            return audience.listeners.isEmpty ? audience.alarm : nil
        }
        // Without listeners the thread ends.
        alarm?.ring()
    }

    /// Whether the kernel tells of rings, once the first listener has been called.
    var hearsKernel: Bool { audience.withLock { $0.hearsKernel } }

    /// Who listens.
    struct Listener: Hashable, Sendable {
        fileprivate let number: Int
    }

    // MARK: - The thread

    private struct Audience: Sendable {
        var listeners: [Listener: @Sendable (Wake) -> Void] = [:]
        var lastListener = 0
        /// Whether a thread listens.
        var isAttended = false
        /// Whether the kernel tells that thread of rings, this process's own included.
        var hearsKernel = false
        /// Wakes that thread from within this process.
        var alarm: Alarm?
    }

    private func attend() throws(StoreError) {
        do {
            let alarm = try Alarm()
            audience.withLock { $0.alarm = alarm }
            // The thread doesn't own the bell: one that is dropped ends it.
            let ear = Ear(path: path, configuration: configuration, logger: logger, alarm: alarm)
            try StoreThread.start(named: "imagequeue-bell") { [weak self] in
                ear.listen { wake, hearsKernel in self?.deliver(wake, hearsKernel: hearsKernel) ?? false }
            }
        } catch {
            audience.withLock { audience in
                audience.isAttended = false
                audience.alarm = nil
            }
            let wrapped = StoreError.wrapping(error, path: path)
            throw wrapped as? StoreError ?? StoreError(.ioError, "The doorbell cannot be heard.", cause: error)
        }
    }

    /// - Returns: false when nobody listens any more.
    private func deliver(_ wake: Wake, hearsKernel: Bool) -> Bool {
        let bodies = audience.withLock { audience in
            audience.hearsKernel = hearsKernel
            if audience.listeners.isEmpty {
                audience.isAttended = false
                audience.alarm = nil
                audience.hearsKernel = false
            }
            return audience.listeners.values.map { $0 }
        }
        for body in bodies { body(wake) }
        return !bodies.isEmpty
    }
}
