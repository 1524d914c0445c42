/// A baseline JPEG (ITU-T T.81) of grey blocks: enough for a client to see that not every picture is a PNG.
///
/// Each block of 8 by 8 pixels has only its mean (the DC coefficient), so that the whole coder is one Huffman table.
struct GrayJPEG {
    private var bytes: [UInt8] = []
    private var pending: UInt32 = 0
    private var pendingBits = 0

    /// Lengths of the codes of table K.3: counts per length 1...16, then the categories.
    private static let codeCounts: [UInt8] = [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]
    private static let codes: [(code: UInt32, bits: Int)] = [
        (0b00, 2), (0b010, 3), (0b011, 3), (0b100, 3), (0b101, 3), (0b110, 3), (0b1110, 4), (0b11110, 5),
        (0b111110, 6),
    ]

    /// The file.
    /// - Parameter level: the grey of a block by column and row, 0...255.
    static func encode(width: Int, height: Int, comment: String, level: (Int, Int) -> UInt8) -> [UInt8] {
        var jpeg = GrayJPEG()
        jpeg.bytes = [0xFF, 0xD8]
        jpeg.segment(0xE0, Array("JFIF".utf8) + [0, 1, 1, 0, 0, 1, 0, 1, 0, 0])
        jpeg.segment(0xFE, Array(comment.utf8.prefix(65000)))
        // A quantiser of 8 makes the DC coefficient the mean of the block.
        jpeg.segment(0xDB, [0] + [UInt8](repeating: 8, count: 64))
        let size = [height >> 8, height & 255, width >> 8, width & 255].map { UInt8(truncatingIfNeeded: $0) }
        jpeg.segment(0xC0, [8] + size + [1, 1, 0x11, 0])
        jpeg.segment(0xC4, [0x00] + codeCounts + (0..<12).map { UInt8($0) })
        // The only AC code is "end of block", one bit.
        jpeg.segment(0xC4, [0x10, 1] + [UInt8](repeating: 0, count: 15) + [0])
        jpeg.segment(0xDA, [1, 1, 0x00, 0, 63, 0])
        var before = 0
        for row in 0..<(height + 7) / 8 {
            for column in 0..<(width + 7) / 8 {
                let mean = Int(level(column, row)) - 128
                jpeg.block(difference: mean - before)
                before = mean
            }
        }
        if jpeg.pendingBits > 0 { jpeg.put(0xFF, bits: 8 - jpeg.pendingBits) }
        return jpeg.bytes + [0xFF, 0xD9]
    }

    private mutating func segment(_ marker: UInt8, _ data: [UInt8]) {
        let length = data.count + 2
        bytes += [0xFF, marker, UInt8(length >> 8), UInt8(length & 255)] + data
    }

    /// T.81, F.1.2.1: the category, then that many bits of the difference; negative ones less 1.
    private mutating func block(difference: Int) {
        let category = Int.bitWidth - abs(difference).leadingZeroBitCount
        let (code, bits) = Self.codes[min(category, Self.codes.count - 1)]
        put(code, bits: bits)
        if category > 0 {
            let value = difference < 0 ? difference + (1 << category) - 1 : difference
            put(UInt32(value), bits: category)
        }
        put(0, bits: 1)
    }

    private mutating func put(_ value: UInt32, bits: Int) {
        pending = pending << UInt32(bits) | value & ((1 << UInt32(bits)) - 1)
        pendingBits += bits
        while pendingBits >= 8 {
            let byte = UInt8(truncatingIfNeeded: pending >> UInt32(pendingBits - 8))
            bytes.append(byte)
            if byte == 0xFF { bytes.append(0) }
            pendingBits -= 8
        }
    }
}
