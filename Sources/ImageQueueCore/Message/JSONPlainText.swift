/// Finding what of a JSON string stands as it is, eight bytes at a time.
enum JSONPlainText {
    /// How far the characters from `start` on are neither a quotation mark, a backslash nor a control character, and whether
    /// they are ASCII that far.
    static func stretch(of bytes: UnsafeRawBufferPointer, from start: Int) -> (end: Int, isASCII: Bool) {
        var end = start
        var united: UInt64 = 0
        while end < bytes.count {
            if end + 8 <= bytes.count {
                let eight = bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self)
                if isPlain(eight) {
                    united |= eight
                    end += 8
                    continue
                }
            }
            let byte = bytes[end]
            if isSpecial(byte) { break }
            united |= UInt64(byte)
            end += 1
        }
        return (end, united & each(0x80) == 0)
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
    }

    /// Whether none of the eight is special: exactly, for a byte from 0x80 on sets no mark, and the subtractions borrow only
    /// from bytes behind one that has set its mark.
    private static func isPlain(_ eight: UInt64) -> Bool {
        let control = (eight &- each(0x20)) & ~eight
        let quotation = eight ^ each(UInt8(ascii: "\""))
        let backslash = eight ^ each(UInt8(ascii: "\\"))
        let marks = control | zeros(quotation) | zeros(backslash)
        return marks & each(0x80) == 0
    }

    /// Marks each byte that is 0, and maybe ones that come after it.
    private static func zeros(_ eight: UInt64) -> UInt64 { (eight &- each(0x01)) & ~eight }

    private static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }
}
