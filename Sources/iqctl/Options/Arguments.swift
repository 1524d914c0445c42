public import ArgumentParser
public import ImageQueueCore

extension JobID: ExpressibleByArgument {
    /// Reads a UUID in any case.
    public init?(argument: String) { self.init(argument) }
}

/// A priority's word on the command line.
enum PriorityName: String, ExpressibleByArgument, CaseIterable {
    case low, normal, high

    var priority: Priority {
        switch self {
        case .low: .low
        case .normal: .normal
        case .high: .high
        }
    }
}

/// Who asks.
struct RequesterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ask as this owner, who sees only what is theirs.", valueName: "name"))
    var owner: String?

    var requester: Requester { owner.map { .owner(Owner(rawValue: $0)) } ?? .operator }
}

extension Duration {
    /// A number of seconds that a person typed; `nil` if no wait can be so long or so negative.
    init?(typedSeconds seconds: Double) {
        guard seconds.isFinite, (0...31_536_000).contains(seconds) else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }
}
