/// Which jobs go first. Within a priority the order is fair between owners.
public enum Priority: Int, Sendable, Hashable, CaseIterable, Comparable, Codable {
    /// After everything else.
    case low = 0
    /// As most jobs.
    case normal = 1
    /// Before everything else.
    case high = 2

    /// Orders by urgency.
    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }

    /// The word that people and JSON use: `low`, `normal`, `high`.
    public var name: String {
        switch self {
        case .low: "low"
        case .normal: "normal"
        case .high: "high"
        }
    }

    /// Reads the word; `nil` for any other.
    public init?(name: String) {
        guard let priority = Priority.allCases.first(where: { $0.name == name }) else { return nil }
        self = priority
    }
}
