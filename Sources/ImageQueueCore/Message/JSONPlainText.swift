/// Finding what of a JSON string stands as it is, eight bytes at a time.
enum JSONPlainText {
    /// How far the characters from `start` on are neither a quotation mark, a backslash nor a control character.
    static func stretch(of bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var end = start
        while end < bytes.count {
            if end + 8 <= bytes.count {
                let eight = bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self)
                if isPlain(eight) {
                    end += 8
                    continue
                }
            }
            if isSpecial(bytes[end]) { break }
            end += 1
        }
        return end
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
