#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A valid PNG of one pixel whose colour is a seed's 32 bits (ISO/IEC 15948).
enum TinyPNG {
    static func bytes(seed: UInt32) -> Data {
        var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        // 1 × 1, 8 bits a channel, colour type 6: red, green, blue, alpha.
        bytes += chunk("IHDR", [0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0, 0])
        bytes += chunk("IDAT", zlib([0] + big(seed)))
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
