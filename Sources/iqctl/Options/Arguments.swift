public import ArgumentParser
public import ImageQueueCore

extension JobID: ExpressibleByArgument {
    /// Reads a UUID in any case.
    public init?(argument: String) { self.init(argument) }
}

extension ImageFit: ExpressibleByArgument {}
extension ImageMask.Fill: ExpressibleByArgument {}

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

/// A start behaviour's word on the command line.
enum StartName: String, ExpressibleByArgument, CaseIterable {
    case asItWas = "as-it-was"
    case run, paused

    var behavior: StartBehavior {
        switch self {
        case .asItWas: .asItWas
        case .run: .run
        case .paused: .paused
        }
    }
}

/// The name of a conversation: empty, it would mean all jobs without one, and is mostly a variable that was never set.
enum ConversationArgument {
    static func check(_ name: String?) throws {
        if name?.isEmpty == true { throw ValidationError("--conversation must not be empty: leave it out.") }
    }
}

/// Who asks.
struct RequesterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ask as this owner, who sees only what is theirs.", valueName: "name"))
    var owner: String?

    var requester: Requester { owner.map { .owner(Owner(rawValue: $0)) } ?? .operator }
}

/// Who asks for what only an operator may do.
struct OperatorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ask as this owner, who may not do this.", valueName: "name"))
    var owner: String?

    /// Who asks.
    ///
    /// - Throws: `QueueError` with code `not_permitted` for an owner, before a file is made.
    func requester() throws -> Requester {
        let requester: Requester = owner.map { .owner(Owner(rawValue: $0)) } ?? .operator
        try requester.requireOperator()
        return requester
    }
}

extension Duration {
    /// A number of seconds that a person typed; `nil` if no wait can be so long or so negative.
    init?(typedSeconds seconds: Double) {
        guard seconds.isFinite, (0...31_536_000).contains(seconds) else { return nil }
        self = .milliseconds(Int64((seconds * 1000).rounded()))
    }
}
