/// Which jobs go first. Within a priority the order is fair between owners. A job that has waited long (10 minutes,
/// unless the store is told otherwise) is raised by one, once.
public enum Priority: Int, Sendable, Hashable, CaseIterable, Comparable, Codable {
    /// After the others.
    case low = 0
    /// As most jobs.
    case normal = 1
    /// Before the others.
    case high = 2

    /// Orders by urgency.
    public static func < (left: Priority, right: Priority) -> Bool { left.rawValue < right.rawValue }
}
