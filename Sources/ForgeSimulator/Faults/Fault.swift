/// One thing that goes wrong, where, and how often.
public struct Fault: Sendable, Hashable {
    /// What goes wrong.
    public var effect: Effect
    /// Which requests it meets.
    public var endpoint: Endpoint
    /// How many requests it meets before it is used up; `nil` for ever.
    public var times: Int?
    /// How many fitting requests pass unharmed before.
    public var after: Int
    /// The share of the fitting requests that it meets, 0...1.
    public var probability: Double
    /// Where the dice of `probability` start: equal seeds give equal runs.
    public var seed: UInt64

    /// Describes a fault.
    /// - Parameters:
    ///   - effect: what goes wrong.
    ///   - endpoint: which requests it meets.
    ///   - times: how many requests it meets; `nil` for ever.
    ///   - after: how many fitting requests pass unharmed before.
    ///   - probability: the share of the fitting requests that it meets, 0...1.
    ///   - seed: where the dice of `probability` start.
    public init(
        _ effect: Effect,
        at endpoint: Endpoint = .any,
        times: Int? = nil,
        after: Int = 0,
        probability: Double = 1,
        seed: UInt64 = 1
    ) {
        self.effect = effect
        self.endpoint = endpoint
        self.times = times
        self.after = after
        self.probability = probability
        self.seed = seed
    }
}
