public import Foundation

/// How a simulator behaves.
public struct SimulatorConfiguration: Sendable {
    /// Which of Forge's two servers it plays (FORGE.md, section 1).
    public enum Mode: String, Sendable, CaseIterable {
        /// `--api`: the web page and the API, with `/internal`; idle connections close after 5 s.
        case webui
        /// `--nowebui`: the API alone, without `/internal`; idle connections close after 30 s.
        case nowebui
    }

    /// A user name and a password, as `--api-auth` takes them.
    public struct Credentials: Sendable, Hashable {
        /// The user name.
        public var user: String
        /// The password.
        public var password: String

        /// Describes credentials.
        /// - Parameters:
        ///   - user: the user name.
        ///   - password: the password.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }
    }

    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on; 0 for any free one. A simulated restart keeps the port.
    public var port = 0
    /// Which of Forge's servers it plays.
    public var mode = Mode.webui
    /// What requests have to carry, `nil` for none.
    public var auth: Credentials?
    /// How long one sampling step takes, and an upscale beside its work.
    public var stepTime = Duration.milliseconds(50)
    /// How long the decoding after the last step takes, per iteration.
    public var decodeTime = Duration.zero
    /// The checkpoints it pretends to have; the first is selected.
    public var models = SimulatedModel.recorded
    /// How long loading a checkpoint takes. The first job always loads one.
    public var modelLoadTime = Duration.zero
    /// Random bytes put into each PNG, so that pictures weigh as much as real ones.
    public var imagePadding = 0
    /// Pixels above which a generation fails for want of memory.
    public var pixelLimit = 4096 * 4096
    /// What goes wrong from the beginning.
    public var faults: [Fault] = []
    /// For how long after the start everything is answered with 404, as while Forge mounts its API.
    public var startUpNotFound = Duration.zero
    /// For how long after that it answers and draws, but without its extensions, as a Forge with a web page does that
    /// has just started: ``GenerationRecord/wasDegraded``.
    public var startUpDegraded = Duration.zero
    /// How long an idle connection is kept; `nil` for what the mode does.
    public var keepAlive: Duration?
    /// Requests served at once; those beyond wait, even for progress (FORGE.md, section 5).
    public var workerThreads = 40
    /// A file that gets a JSON line for each answered request and each start and end of a generation.
    public var logFile: URL?
    /// How many requests and how many generations are remembered; past it the oldest half is forgotten.
    public var logLimit = 100_000
    /// What steps and delays wait on.
    public var clock: any Clock<Duration> = ContinuousClock()

    /// Makes the default: the web page mode on any free port of the loopback, 50 ms a step.
    public init() {}
}
