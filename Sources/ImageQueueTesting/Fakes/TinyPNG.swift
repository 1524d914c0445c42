#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// A valid PNG in one colour, which is a seed's 32 bits (ISO/IEC 15948): of one pixel, unless told.
package enum TinyPNG {
    /// The file, of at most 65,535 bytes of pixels.
    package static func bytes(seed: UInt32, width: UInt32 = 1, height: UInt32 = 1) -> Data {
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        // 8 bits a channel, colour type 6: red, green, blue, alpha.
        bytes += chunk("IHDR", big(width) + big(height) + [8, 6, 0, 0, 0])
        let row: [UInt8] = [0] + Array(repeating: big(seed), count: Int(width)).joined()
        bytes += chunk("IDAT", zlib(Array(Array(repeating: row, count: Int(height)).joined())))
        bytes += chunk("IEND", [])
        return Data(bytes)
    }

    private static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(name.utf8) + content
        return big(UInt32(content.count)) + body + big(crc(body))
    }

    /// One stored block (RFC 1951, 3.2.4) in a zlib frame (RFC 1950).
    private static func zlib(_ content: [UInt8]) -> [UInt8] {
        let count = UInt16(content.count)
        let length = [UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)]
        return [0x78, 0x01, 0x01] + length + length.map { ~$0 } + content + big(adler(content))
    }

    private static func big(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in (value >> 1) ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
    }

    private static func adler(_ bytes: [UInt8]) -> UInt32 {
        let (low, high) = bytes.reduce((UInt32(1), UInt32(0))) { sums, byte in
            let low = (sums.0 + UInt32(byte)) % 65_521
            return (low, (sums.1 + low) % 65_521)
        }
        return high << 16 | low
    }
}
