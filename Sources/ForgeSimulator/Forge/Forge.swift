internal import Foundation
internal import ImageQueueConcurrency

/// One life of the simulated server: everything that a restart forgets.
final class Forge: Sendable {
    /// What changes while it lives. Values only: what happens is decided by the types inside.
    struct State: Sendable {
        var tasks = TaskBook()
        var progress = ProgressState()
        var shelf: CheckpointShelf
        var options = OptionStore()
        /// When the job that ``progress`` speaks of began.
        var jobStart = ContinuousClock.now
    }

    let configuration: SimulatorConfiguration
    let journal: Journal
    /// What all pictures are filled with.
    let padding: Padding?
    /// Each request that does any work holds one of these threads, also while it waits for the lock.
    let workers: FIFOGate
    /// Forge's `queue_lock`.
    let queue = FIFOGate(permits: 1)
    let state: Lock<State>
    private let born = ContinuousClock.now

    init(configuration: SimulatorConfiguration, journal: Journal, padding: Padding?) {
        self.configuration = configuration
        self.journal = journal
        self.padding = padding
        workers = FIFOGate(permits: max(1, configuration.workerThreads))
        var first = State(shelf: CheckpointShelf(models: configuration.models))
        // Forge selects the first file it finds, by its title, which has no hash before the first load.
        first.options["sd_model_checkpoint"] = JSONValue(configuration.models.first?.fileName)
        state = Lock(first)
    }

    /// Whether it draws already, but not yet as it should (FORGE.md, section 13).
    var isDegraded: Bool {
        configuration.startUpDegraded > .zero
            && born.duration(to: .now) < configuration.startUpNotFound + configuration.startUpDegraded
    }

    func interrupt() { state.withLock { $0.progress.interrupt() } }
    func skip() { state.withLock { $0.progress.skip() } }

    func sleep(_ duration: Duration) async throws {
        guard duration > .zero else { return try Task.checkCancellation() }
        try await configuration.clock.sleep(for: duration)
    }

    static func seconds(since start: ContinuousClock.Instant) -> Double { start.duration(to: .now) / .seconds(1) }
}
