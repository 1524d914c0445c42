/// How far an attempt is.
public struct JobProgress: Sendable, Hashable, Codable {
    /// The share of the whole job that is done, 0 to 1: all its pictures together.
    public var fraction: Double
    /// Pictures that are already stored.
    public var picturesDone: Int
    /// The time that drawing will still take, where that can be told.
    public var remaining: Duration?

    /// A progress.
    public init(fraction: Double, picturesDone: Int, remaining: Duration? = nil) {
        self.fraction = min(max(fraction.isNaN ? 0 : fraction, 0), 1)
        self.picturesDone = picturesDone
        self.remaining = remaining
    }

    /// Nothing done yet.
    public static let none = JobProgress(fraction: 0, picturesDone: 0)

    /// The whole percentage, 0 to 99: 100 is said only by completion.
    public var percent: Int { min(99, Int(fraction * 100)) }
}
