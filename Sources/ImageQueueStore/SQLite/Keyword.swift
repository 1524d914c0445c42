/// The first word of a statement, as far as it decides what running it may do to a transaction.
enum Keyword {
    private static let control: Set<String> = [
        "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH",
    ]
    private static let changingRows: Set<String> = ["INSERT", "UPDATE", "DELETE", "REPLACE", "WITH"]

    static func kind(ofStatement bytes: UnsafeBufferPointer<UInt8>) -> Statement.Kind {
        let word = first(of: bytes)
        return control.contains(word) ? .control : changingRows.contains(word) ? .changingRows : .other
    }

    private static func first(of bytes: UnsafeBufferPointer<UInt8>) -> String {
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: [UInt8(ascii: "-"), UInt8(ascii: "-")]) {
                rest = rest.drop { $0 != UInt8(ascii: "\n") }
            } else if rest.starts(with: [UInt8(ascii: "/"), UInt8(ascii: "*")]) {
                rest = afterComment(rest.dropFirst(2))
            } else if byte == UInt8(ascii: ";") || byte <= UInt8(ascii: " ") {
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        let word = rest.prefix { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        return String(decoding: word, as: UTF8.self).uppercased()
    }

    private static func afterComment(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Slice<UnsafeBufferPointer<UInt8>> {
        var rest = bytes
        while !rest.isEmpty {
            if rest.starts(with: [UInt8(ascii: "*"), UInt8(ascii: "/")]) { return rest.dropFirst(2) }
            rest = rest.dropFirst()
        }
        return rest
    }
}
