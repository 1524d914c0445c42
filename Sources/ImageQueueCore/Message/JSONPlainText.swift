/// Finding what of a JSON string stands as it is, sixteen bytes at a time.
enum JSONPlainText {
    private typealias Sixteen = SIMD16<UInt8>

    /// How far the characters from `start` on are neither a quotation mark, a backslash nor a control character.
    static func stretch(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start
        while end + Sixteen.scalarCount <= bytes.count {
            let sixteen = bytes.loadUnaligned(fromByteOffset: end, as: Sixteen.self)
            let special =
                sixteen .< Sixteen(repeating: 0x20) .| sixteen .== Sixteen(repeating: UInt8(ascii: "\""))
                .| sixteen .== Sixteen(repeating: UInt8(ascii: "\\"))
            if any(special) { break }
            end += Sixteen.scalarCount
        }
        while end < bytes.count, !isSpecial(bytes[end]) { end += 1 }
        return end
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }
}
