public import ImageQueueCore

/// Where a Forge is and how it is used.
public struct ForgeConfiguration: Sendable {
    /// Who else uses the backend.
    public enum Exclusivity: Sendable, Hashable {
        /// Other programs and people draw on it too: nothing is interrupted that could be theirs, and a picture that
        /// one of them cut short is told from a whole one.
        case shared
        /// Only this queue uses it.
        case exclusive
    }

    /// The backend: the normalised base URL.
    public var backend: BackendID { address.backend }
    /// User name and password of Forge's `--api-auth`, or of a proxy before it.
    public var credentials: Credentials?
    /// Who else uses the backend.
    public var exclusivity = Exclusivity.shared
    /// The longest that one picture may take, the wait inside Forge for other people's pictures included: 30 minutes.
    ///
    /// Forge sends nothing until a picture is done, and goes on drawing when the client has gone: a short limit only
    /// multiplies its work. A picture whose transfer goes on may take as long again.
    ///
    /// An interrupt of ours that Forge does not answer keeps the next drawing back for as long: what makes it wait
    /// there are pictures that hold all of Forge's threads, and one of them ends in that time.
    public var generationTimeout = Duration.seconds(30 * 60)
    /// The longest that a drawing may stand still, without a step or a rise of its progress, before it is given up as
    /// hung: 10 minutes, for loading a large model from a slow disk shows none either. The wait for other people's
    /// pictures does not count. Also how long Forge may leave all questions about a drawing unanswered.
    public var stallLimit = Duration.seconds(10 * 60)
    /// How long the answer to a question about progress or health, or to an interrupt, is waited for: 10 seconds.
    public var controlTimeout = Duration.seconds(10)
    /// The shortest time between two questions about progress: a quarter of a second.
    ///
    /// It grows for long pictures, and while Forge answers slowly. A picture's first question comes after half of it.
    public var pollInterval = Duration.milliseconds(250)
    /// How long a Forge that was away must have answered before it gets a drawing: 10 seconds.
    ///
    /// With its web page it answers before its extensions are there, and leaves them out without a word: seen for
    /// 5.5 s. One that has no web page (`--nowebui`) is not waited for.
    public var settleTime = Duration.seconds(10)
    /// How long what Forge said of its models, samplers, schedulers and upscalers is believed: 5 minutes, and as
    /// long again while it can't be asked. It is asked anew beside a drawing or while idle,
    /// and before a name is called unknown.
    public var nameLifetime = Duration.seconds(5 * 60)
    /// Whether a Forge that lost its model after it could not load another gets it back by one small drawing with a
    /// third (64 × 64 pixels, one step; thrown away): it draws nothing for anybody else,
    /// and only a restart helps as well.
    public var revivesModels = true
    /// What waits: the time between polls, the time after an unanswered interrupt.
    public var clock: any Clock<Duration> = ContinuousClock()

    let address: ForgeAddress

    /// Forge on this machine, at its usual port: `http://127.0.0.1:7860`.
    public init() {
        address = .usual
    }

    /// Forge at a URL, such as `http://127.0.0.1:7860` or `https://example.org/forge`.
    ///
    /// On Linux `URLSession` obeys the environment variables `http_proxy`, `https_proxy` and `all_proxy` even for
    /// 127.0.0.1, and no setting of ours prevents it: unset them, or name the host in `no_proxy`.
    ///
    /// - Parameter baseURL: Scheme `http` or `https`, a host, perhaps a port and a path; without a port it is 80 or
    ///   443, as in every URL. No user name or password.
    /// - Throws: `QueueError` with code `invalid_request`; the message says what is wrong.
    public init(baseURL: String) throws {
        address = try ForgeAddress(baseURL)
    }
}
