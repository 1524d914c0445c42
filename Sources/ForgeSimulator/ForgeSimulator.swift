public import Foundation
internal import ImageQueueConcurrency

/// A Forge that speaks real HTTP on the loopback but makes placeholders instead of pictures.
///
/// It keeps to the contract observed on a real Forge (FORGE.md), with its traps: one job at a time, interrupts that hit
/// whatever runs, 200 for a job cut short, ids that stay queued for ever. What reached it and what it did can be
/// examined in ``log`` and ``generations``, and it can be told to fail with ``order(_:)``.
///
///     try await ForgeSimulator.withServer { forge in
///         let url = forge.baseURL.appending(path: "/sdapi/v1/txt2img")
///         …
///     }
public final class ForgeSimulator: Sendable {
    /// Why the listener was closed.
    enum Outage: Sendable {
        /// New connections are refused for a while.
        case refusal(Duration)
        /// Everything dies, and comes back after a while.
        case restart(Duration)
    }

    struct State: Sendable {
        var faults: FaultPlan
        var port: Int
        var forge: Forge?
        var listener: Listener?
        var lifeStart = ContinuousClock.now
        var outage: Outage?
        var readiness = Readiness.starting
        var waiters: [CheckedContinuation<Void, any Error>] = []
    }

    enum Readiness {
        case starting
        case ready
        case ended(any Error)
    }

    /// How it was told to behave.
    public let configuration: SimulatorConfiguration
    let journal: Journal
    let padding: Padding?
    let routes: [String: [String: Route]]
    let state: Lock<State>

    /// Makes a simulator that does nothing yet; see ``run()`` and ``withServer(_:isolation:_:)``.
    /// - Parameter configuration: how it behaves.
    /// - Throws: an error of the file system if the log file can't be opened.
    public init(configuration: SimulatorConfiguration = SimulatorConfiguration()) throws {
        self.configuration = configuration
        journal = try Journal(file: configuration.logFile, limit: configuration.logLimit)
        padding = configuration.imagePadding > 0 ? Padding(bytes: configuration.imagePadding) : nil
        routes = Forge.routes(of: configuration.mode)
        var faults = configuration.faults
        if configuration.startUpNotFound > .zero { faults.append(Fault(.startUp(configuration.startUpNotFound))) }
        state = Lock(State(faults: FaultPlan(faults.filter { !$0.isImmediate }), port: configuration.port))
    }

    /// The port it listens on; the configured one until it is bound.
    public var port: Int { state.withLock(\.port) }

    /// Where clients find it, for example `http://127.0.0.1:40123`.
    public var baseURL: URL {
        var parts = URLComponents()
        parts.scheme = "http"
        parts.host = configuration.host
        parts.port = port
        guard let url = parts.url else { preconditionFailure("no URL can hold the host \(configuration.host)") }
        return url
    }

    /// Every request so far, in the order of arrival.
    public var log: [RequestRecord] { journal.requests }

    /// Every generation that has started, in that order.
    public var generations: [GenerationRecord] { journal.generations }

    /// The most generations that ever ran at the same time: 1, unless the simulator is broken.
    public var mostGenerationsAtOnce: Int { journal.mostGenerationsAtOnce }

    /// The task whose generation runs now.
    public var activeTask: String? { journal.activeTask }

    /// The tasks that wait, as `/internal/pending-tasks` lists them: those that failed before their start included.
    public var pendingTasks: [String] { state.withLock(\.forge)?.state.withLock(\.tasks.pending) ?? [] }

    /// Orders a fault from now on, behind those ordered before.
    /// - Parameter fault: what goes wrong, where and how often. A refusal of connections anywhere begins at once.
    public func order(_ fault: Fault) {
        if fault.isImmediate, case .refuse(let duration) = fault.effect.kind {
            breakDown(.refusal(duration))
        } else {
            state.withLock { $0.faults.order(fault) }
        }
    }

    /// Orders a fault from now on.
    /// - Parameters:
    ///   - effect: what goes wrong.
    ///   - endpoint: which requests it meets.
    ///   - times: how many requests it meets; `nil` for ever.
    ///   - after: how many fitting requests pass unharmed before.
    public func order(_ effect: Fault.Effect, for endpoint: Fault.Endpoint, times: Int? = nil, after: Int = 0) {
        order(Fault(effect, at: endpoint, times: times, after: after))
    }

    /// Forgets all ordered faults. A refusal or restart that is under way goes on.
    public func clearFaults() { state.withLock { $0.faults.clear() } }

    /// Interrupts whatever runs, as another user of the same Forge would; not in the ``log``.
    public func interruptFromOutside() { state.withLock(\.forge)?.interrupt() }

    /// Skips the current iteration of whatever runs, as another user would; not in the ``log``.
    public func skipFromOutside() { state.withLock(\.forge)?.skip() }

    /// Kills the server now: all connections drop, all tasks are forgotten; it listens again after `downtime`.
    /// - Parameter downtime: how long connections are refused.
    public func restart(downtime: Duration = .zero) { breakDown(.restart(downtime)) }

    func breakDown(_ outage: Outage) {
        let listener = state.withLock { state in
            state.outage = outage
            return state.listener
        }
        listener?.close()
    }
}

extension Fault {
    /// Whether it needs no request to happen.
    var isImmediate: Bool {
        if case .refuse = effect.kind { endpoint == .any && after == 0 } else { false }
    }
}
