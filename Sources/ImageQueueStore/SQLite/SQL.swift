/// The text of one statement.
///
/// A literal is known by its address in the program, so that finding its prepared statement looks at two words and never
/// at the text. SQL that is put together at run time is hashed when it is made: keep it where it is used again.
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

    enum Key: Equatable {
        // The length stands beside the address because linkers may let one literal begin inside another.
        case address(UInt, length: Int)
        case text(String, hash: Int)

        /// A number below `count`, a power of two from 2 on, that is the same for equal keys, and mostly another for others. All of them are
        /// the program's own: nobody chooses them so that they meet.
        func slot(of count: Int) -> Int {
            let bits =
                switch self {
                case .address(let address, _): UInt64(address)
                case .text(_, let hash): UInt64(truncatingIfNeeded: hash)
                }
            // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the product's highest bits depend on all of the factor's.
            return Int(truncatingIfNeeded: (bits &* 0x9E37_79B9_7F4A_7C15) >> (64 - count.trailingZeroBitCount))
        }
    }
}
