/// Compresses bytes given as runs into a zlib stream (RFC 1950, RFC 1951): one block, fixed Huffman codes, distance 1.
///
/// A placeholder picture is long runs, so that neither the compressor nor the Adler sum ever looks at single pixels:
/// a picture of a million pixels costs some thousand steps, which matters in debug builds.
struct RunDeflater {
    private(set) var bytes: [UInt8] = [0x78, 0x01]
    private var pending: UInt32 = 0
    private var pendingBits: UInt32 = 0
    private var adlerLow: UInt64 = 1
    private var adlerHigh: UInt64 = 0
    private static let adlerModulus: UInt64 = 65521

    init() {
        put(1, bits: 1)  // the last block
        put(1, bits: 2)  // fixed Huffman codes
    }

    mutating func append(_ byte: UInt8, count: Int) {
        guard count > 0 else { return }
        addToSum(byte, count: UInt64(count))
        literal(byte)
        var left = count - 1
        while left >= 3 {
            // A rest of 1 or 2 would be no legal match, but can follow as literals.
            let length = min(left, 258)
            match(length: length)
            left -= length
        }
        for _ in 0..<left { literal(byte) }
    }

    mutating func finish() -> [UInt8] {
        huffman(256)
        if pendingBits > 0 { put(0, bits: 8 - pendingBits % 8) }
        let sum = adlerHigh << 16 | adlerLow
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: sum >> UInt64(shift))) }
        return bytes
    }

    /// Adler-32 of a run in one step: after n times v, a' = a + nv and b' = b + na + v·n(n+1)/2 (RFC 1950, 8.2).
    private mutating func addToSum(_ byte: UInt8, count: UInt64) {
        let value = UInt64(byte)
        var left = count
        while left > 0 {
            let part = min(left, 1 << 20)
            adlerHigh = (adlerHigh + part * adlerLow + value * (part * (part + 1) / 2)) % Self.adlerModulus
            adlerLow = (adlerLow + part * value) % Self.adlerModulus
            left -= part
        }
    }

    private mutating func literal(_ byte: UInt8) { huffman(Int(byte)) }

    /// A match of 3 to 258 bytes at distance 1.
    private mutating func match(length: Int) {
        if length == 258 {
            huffman(285)
        } else {
            // RFC 1951, 3.2.5: above 10, four codes share each number of extra bits.
            let offset = length - 3
            if offset < 8 {
                huffman(257 + offset)
            } else {
                let extra = Int.bitWidth - 1 - offset.leadingZeroBitCount - 2
                huffman(257 + 4 * extra + (offset >> extra))
                put(UInt32(offset & ((1 << extra) - 1)), bits: UInt32(extra))
            }
        }
        put(0, bits: 5)  // distance code 0: one byte back
    }

    /// The fixed code of RFC 1951, 3.2.6; Huffman codes go most significant bit first.
    private mutating func huffman(_ symbol: Int) {
        switch symbol {
        case ..<144: putReversed(UInt32(0x30 + symbol), bits: 8)
        case ..<256: putReversed(UInt32(0x190 + symbol - 144), bits: 9)
        case ..<280: putReversed(UInt32(symbol - 256), bits: 7)
        default: putReversed(UInt32(0xC0 + symbol - 280), bits: 8)
        }
    }

    private mutating func putReversed(_ code: UInt32, bits: UInt32) {
        var reversed: UInt32 = 0
        for bit in 0..<bits where code & (1 << bit) != 0 { reversed |= 1 << (bits - 1 - bit) }
        put(reversed, bits: bits)
    }

    private mutating func put(_ value: UInt32, bits: UInt32) {
        pending |= value << pendingBits
        pendingBits += bits
        while pendingBits >= 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending))
            pending >>= 8
            pendingBits -= 8
        }
    }
}
