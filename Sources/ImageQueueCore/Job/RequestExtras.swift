/// Seldom used fields of a drawing: a closed list, each with its range. What is `nil` is the backend's to choose.
///
/// Nothing else can be handed through to a backend: Forge takes any value for an option, and one bad value breaks it
/// for all who use it. Fields whose effect can't be told from their absence, such as restored faces without the weights
/// for that, are left out.
public struct RequestExtras: Sendable, Hashable {
    /// Whether the picture's edges fit together as a tile's.
    public var tiling: Bool?
    /// The noise that an ancestral sampler adds, 0 to 1.
    public var eta: Double?
    /// How much of the noise is stirred anew at each step (Karras et al., arXiv 2206.00364, algorithm 2), 0 to 100.
    public var sChurn: Double?
    /// The least noise level at which that is done, 0 to 10.
    public var sTmin: Double?
    /// The greatest noise level at which that is done, 0 to 999.
    public var sTmax: Double?
    /// The strength of the noise that is stirred in, 0 to 1.1.
    public var sNoise: Double?
    /// The checkpoint that draws the last steps: 1 to 255 bytes. Needs ``refinerSwitchAt``.
    public var refinerCheckpoint: String?
    /// The share of the steps after which it takes over, 0 to 1.
    public var refinerSwitchAt: Double?

    /// None.
    public init() {}

    /// The names of the fields, as ``set(_:to:)`` and JSON take them.
    public static var names: [String] { Key.allCases.map(\.rawValue) }

    /// Sets a field by its name from a text that a person typed.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` for a name that is not in ``names``, which it lists, or a
    ///   text that is no value of that field. Ranges are checked with the request.
    public mutating func set(_ name: String, to text: String) throws {
        guard let key = Key(rawValue: name) else {
            throw QueueError(
                code: .invalidRequest,
                message: "There is no extra field “\(name)”; one of \(Self.names.joined(separator: ", "))."
            )
        }
        switch key {
        case .tiling:
            guard let value = Bool(text) else { throw FieldRule.refusal(name, "must be true or false") }
            tiling = value
        case .refinerCheckpoint: refinerCheckpoint = text
        case .eta: eta = try Self.number(name, text)
        case .sChurn: sChurn = try Self.number(name, text)
        case .sTmin: sTmin = try Self.number(name, text)
        case .sTmax: sTmax = try Self.number(name, text)
        case .sNoise: sNoise = try Self.number(name, text)
        case .refinerSwitchAt: refinerSwitchAt = try Self.number(name, text)
        }
    }

    private static func number(_ name: String, _ text: String) throws -> Double {
        guard let value = Double(text), value.isFinite else { throw FieldRule.refusal(name, "must be a number") }
        return value
    }

    func validate() throws {
        // Most name none of them, and every claim asks.
        if self == RequestExtras() { return }
        let ranges: [(Key, Double?, ClosedRange<Double>)] = [
            (.eta, eta, 0...1), (.sChurn, sChurn, 0...100), (.sTmin, sTmin, 0...10), (.sTmax, sTmax, 0...999),
            (.sNoise, sNoise, 0...1.1), (.refinerSwitchAt, refinerSwitchAt, 0...1),
        ]
        for case (let key, let value?, let range) in ranges { try FieldRule.range(key.rawValue, value, range) }
        if let refinerCheckpoint {
            try FieldRule.text(Key.refinerCheckpoint.rawValue, refinerCheckpoint, bytes: 1...255)
        }
        guard (refinerCheckpoint == nil) == (refinerSwitchAt == nil) else {
            throw FieldRule.refusal(
                Key.refinerCheckpoint.rawValue,
                "and \(Key.refinerSwitchAt.rawValue) count only together: give both or none"
            )
        }
    }
}

extension RequestExtras: Codable {
    private enum Key: String, CaseIterable {
        case tiling, eta
        case sChurn = "s_churn"
        case sTmin = "s_tmin"
        case sTmax = "s_tmax"
        case sNoise = "s_noise"
        case refinerCheckpoint = "refiner_checkpoint"
        case refinerSwitchAt = "refiner_switch_at"
    }

    /// Reads the stored form: fields that are absent are not set.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the fields that are set.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        tiling = try fields.bool(Key.tiling.rawValue)
        eta = try fields.number(Key.eta.rawValue)
        sChurn = try fields.number(Key.sChurn.rawValue)
        sTmin = try fields.number(Key.sTmin.rawValue)
        sTmax = try fields.number(Key.sTmax.rawValue)
        sNoise = try fields.number(Key.sNoise.rawValue)
        refinerCheckpoint = try fields.string(Key.refinerCheckpoint.rawValue)
        refinerSwitchAt = try fields.number(Key.refinerSwitchAt.rawValue)
    }

    var stored: Metadata {
        var fields: Metadata = [:]
        fields[Key.tiling.rawValue] = tiling.map(JSONValue.bool)
        for (key, value) in [
            (Key.eta, eta), (.sChurn, sChurn), (.sTmin, sTmin), (.sTmax, sTmax), (.sNoise, sNoise),
            (.refinerSwitchAt, refinerSwitchAt),
        ] {
            fields[key.rawValue] = value.map { .stored($0) }
        }
        fields[Key.refinerCheckpoint.rawValue] = refinerCheckpoint.map(JSONValue.string)
        return fields
    }
}
