/// The upscalers that a Forge lists, as an upscale asks of them.
struct UpscalerList: Sendable, Equatable {
    var entries: [NameEntry]

    /// What a list says of a name.
    enum Finding: Sendable, Equatable {
        /// It needs no weights, or has them in a file.
        case ready
        /// Its weights are listed by an address on the network, as some are that have theirs;
        /// or nothing can be known of it.
        case weightsUnknown
        /// There is none of that name: names are told apart by case as well.
        case unknown
        /// It is the one that leaves a picture as it is.
        case changesNothing
    }

    func finding(for name: String) -> Finding {
        guard let entry = entries.first(where: { $0.name == name }) else { return .unknown }
        if name == Self.none { return .changesNothing }
        return entry.modelPath?.hasPrefix("http") == true ? .weightsUnknown : .ready
    }

    /// The one that leaves a picture as it is.
    static let none = "None"
    /// The one that an upscaler without its weights falls back to, in silence.
    static let plain = "Lanczos"

    /// The names that can be asked for.
    var names: [String] { entries.map(\.name).filter { $0 != Self.none } }
}
