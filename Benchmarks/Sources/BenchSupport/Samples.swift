/// Numbers of one kind, and what is said of them.
public struct Samples: Sendable, Equatable {
    private let sorted: [Double]

    /// - Parameter values: in any order.
    public init(_ values: [Double]) { sorted = values.sorted() }

    /// How many there are.
    public var count: Int { sorted.count }
    /// The middle one; of an even number the mean of the two in the middle. 0 for none.
    public var median: Double {
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }
    /// The least; 0 for none.
    public var least: Double { sorted.first ?? 0 }
    /// The greatest; 0 for none.
    public var greatest: Double { sorted.last ?? 0 }
    /// The mean; 0 for none.
    public var mean: Double { sorted.isEmpty ? 0 : sorted.reduce(0, +) / Double(sorted.count) }

    /// The nearest rank: the least number that is not less than this share of all. 0 for none.
    ///
    /// - Parameter share: 0 to 1.
    public func quantile(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        let rank = (Double(sorted.count) * share).rounded(.up)
        return sorted[min(sorted.count - 1, max(0, Int(rank) - 1))]
    }
}
