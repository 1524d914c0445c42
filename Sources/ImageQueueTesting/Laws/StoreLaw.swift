public import ImageQueueCore

/// One rule that every ``ImageQueueCore/JobStore`` obeys, as data: any test framework can run it.
///
/// ```swift
/// @Test(arguments: StoreLaw.all)
/// func obeys(law: StoreLaw) async throws {
///     try await law.run(myStore(law.settings))
/// }
/// ```
public struct StoreLaw: Sendable, CustomStringConvertible {
    /// The rule in a sentence: its room, a colon, what holds.
    public let name: String
    /// How the store must be set up for it.
    public let settings: StoreSettings
    /// Tries the rule on a new, empty store.
    ///
    /// Throws ``LawViolation`` where the store breaks it, and whatever the store throws unasked.
    public let run: @Sendable (StoreUnderTest) async throws -> Void

    init(
        _ name: String,
        settings: StoreSettings = StoreSettings(),
        _ run: @escaping @Sendable (StoreUnderTest) async throws -> Void
    ) {
        self.name = name
        self.settings = settings
        self.run = run
    }

    /// The name.
    public var description: String { name }

    /// Every law, by room.
    public static let all: [StoreLaw] =
        submitLaws + keyLaws + orderLaws + claimLaws + ownerLimitLaws + scopeLaws + leaseLaws + termLaws + settleLaws
        + cancelLaws
        + cancelModeLaws + deathLaws + timeLaws + remainsLaws + startLaws + backendLaws + eventLaws + observationLaws
        + messageLaws
        + endingLaws + listLaws + pruningLaws + sharingLaws + inputLaws
}

/// How a store is set up for a law; everything else is as usual: a key lives a day, a job is raised after ten minutes.
public struct StoreSettings: Sendable, Hashable {
    /// Jobs that may wait in all.
    public var queueLimit: Int?
    /// Jobs of one owner that may wait.
    public var ownerLimit: Int?
    /// How many workers may die at a job before it is set aside.
    public var deathLimit: Int
    /// How a picture's URL is made.
    public var imageURLTemplate: ImageURLTemplate

    /// No limits, three deaths, and URLs as usual.
    public init(
        queueLimit: Int? = nil,
        ownerLimit: Int? = nil,
        deathLimit: Int = 3,
        imageURLTemplate: ImageURLTemplate = .standard
    ) {
        self.queueLimit = queueLimit
        self.ownerLimit = ownerLimit
        self.deathLimit = deathLimit
        self.imageURLTemplate = imageURLTemplate
    }
}
