/// The text of one statement.
///
/// A literal is known by its address in the program, so that finding its prepared statement hashes two words and never
/// the text. SQL that is put together at run time is hashed when it is made: keep it where it is used again.
struct SQL: ExpressibleByStringLiteral, Sendable {
    enum Source: Sendable {
        case literal(StaticString)
        case text(String, hash: Int)
    }

    let source: Source

    init(stringLiteral value: StaticString) { source = .literal(value) }
    init(_ text: String) { source = .text(text, hash: text.hashValue) }

    var text: String {
        switch source {
        case .literal(let literal): literal.description
        case .text(let text, _): text
        }
    }

    /// Which prepared statement belongs to this text.
    var key: Key {
        switch source {
        case .literal(let literal) where literal.hasPointerRepresentation:
            .address(UInt(bitPattern: literal.utf8Start), length: literal.utf8CodeUnitCount)
        case .literal:
            .text(text, hash: text.hashValue)
        case .text(let text, let hash):
            .text(text, hash: hash)
        }
    }

    enum Key: Hashable {
        // The length stands beside the address because linkers may let one literal begin inside another.
        case address(UInt, length: Int)
        case text(String, hash: Int)

        func hash(into hasher: inout Hasher) {
            switch self {
            case .address(let address, _): hasher.combine(address)
            case .text(_, let hash): hasher.combine(hash)
            }
        }
    }
}
