#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// What a picture's own bytes say of it: its format and its size in pixels.
///
/// Only the structure is read, nothing is decoded: enough to tell a whole picture from a truncated or foreign one
/// before it is stored. Follows ISO/IEC 15948 (PNG), ITU-T T.81 annex B (JPEG) and RFC 9649 (WebP).
public struct ImageInspection: Sendable, Hashable {
    /// The format, by the signature.
    public let format: ImageFormat
    /// Pixels across.
    public let width: Int
    /// Pixels down.
    public let height: Int

    /// Reads the structure of a whole picture file.
    ///
    /// Answers `nil` for anything truncated, without pixels, or of another format.
    public init?(_ bytes: Data) {
        guard let format = ImageFormat(signatureOf: bytes) else { return nil }
        let size = bytes.withUnsafeBytes { buffer in
            let reader = ByteReader(bytes: buffer)
            return switch format {
            case .png: Self.sizeOfPNG(reader)
            case .jpeg: Self.sizeOfJPEG(reader)
            case .webp: Self.sizeOfWebP(reader)
            }
        }
        guard let size, size.width > 0, size.height > 0 else { return nil }
        self.format = format
        self.width = size.width
        self.height = size.height
    }
}

extension ImageInspection {
    private typealias Size = (width: Int, height: Int)

    /// IHDR must be the first chunk; IEND tells that nothing is missing.
    private static func sizeOfPNG(_ reader: ByteReader) -> Size? {
        guard reader.word(8) == 13, reader.hasASCII("IHDR", at: 12),
            let width = reader.word(16), let height = reader.word(20)
        else { return nil }
        var offset = 8
        var hasPixels = false
        while let length = reader.word(offset) {
            // Length, type, data, checksum.
            let end = offset + 12 + length
            guard end <= reader.count else { return nil }
            if reader.hasASCII("IDAT", at: offset + 4) { hasPixels = true }
            if reader.hasASCII("IEND", at: offset + 4) { return hasPixels ? (width, height) : nil }
            offset = end
        }
        return nil
    }

    /// The first frame header holds the size; an end marker after the scan tells that nothing is missing.
    private static func sizeOfJPEG(_ reader: ByteReader) -> Size? {
        var offset = 2
        var size: Size?
        while reader.byte(offset) == 0xFF, let marker = reader.byte(offset + 1) {
            switch marker {
            case 0xFF:
                offset += 1
                continue
            case 0x01, 0xD0...0xD7:
                offset += 2
                continue
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                guard let height = reader.half(offset + 5), let width = reader.half(offset + 7) else { return nil }
                size = (width, height)
            case 0xDA:
                // In entropy-coded data FF is followed by 00 or a restart marker, so FF D9 can only be the end.
                return reader.hasPair(0xFF, 0xD9, from: offset + 2) ? size : nil
            default:
                break
            }
            guard let length = reader.half(offset + 2), length >= 2 else { return nil }
            offset += 2 + length
        }
        return nil
    }

    /// The size stands in the first chunk, in a way of its own for each of the three kinds.
    private static func sizeOfWebP(_ reader: ByteReader) -> Size? {
        guard let length = reader.littleWord(4), length + 8 <= reader.count, let chunk = reader.littleWord(16),
            20 + chunk <= reader.count
        else { return nil }
        if reader.hasASCII("VP8 ", at: 12) {
            guard reader.byte(23) == 0x9D, reader.byte(24) == 0x01, reader.byte(25) == 0x2A,
                let width = reader.littleHalf(26), let height = reader.littleHalf(28)
            else { return nil }
            // The two upper bits are a scaling hint.
            return (width & 0x3FFF, height & 0x3FFF)
        }
        if reader.hasASCII("VP8L", at: 12) {
            guard reader.byte(20) == 0x2F, let bits = reader.littleWord(21) else { return nil }
            return ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        if reader.hasASCII("VP8X", at: 12) {
            guard let width = reader.littleTriple(24), let height = reader.littleTriple(27) else { return nil }
            return (width + 1, height + 1)
        }
        return nil
    }
}

/// Reads numbers out of bytes without ever reaching past them.
private struct ByteReader {
    let bytes: UnsafeRawBufferPointer

    var count: Int { bytes.count }

    func byte(_ offset: Int) -> UInt8? { bytes.indices.contains(offset) ? bytes[offset] : nil }

    func hasASCII(_ text: StaticString, at offset: Int) -> Bool {
        text.withUTF8Buffer { expected in
            offset + expected.count <= bytes.count
                && expected.indices.allSatisfy { bytes[offset + $0] == expected[$0] }
        }
    }

    func hasPair(_ first: UInt8, _ second: UInt8, from offset: Int) -> Bool {
        guard offset + 2 <= bytes.count else { return false }
        // The end marker stands at the end: looked for from there.
        for index in stride(from: bytes.count - 2, through: offset, by: -1)
        where bytes[index] == first && bytes[index + 1] == second {
            return true
        }
        return false
    }

    func half(_ offset: Int) -> Int? { big(offset, 2) }
    func word(_ offset: Int) -> Int? { big(offset, 4) }
    func littleHalf(_ offset: Int) -> Int? { little(offset, 2) }
    func littleTriple(_ offset: Int) -> Int? { little(offset, 3) }
    func littleWord(_ offset: Int) -> Int? { little(offset, 4) }

    private func big(_ offset: Int, _ width: Int) -> Int? {
        guard offset + width <= bytes.count else { return nil }
        return bytes[offset..<offset + width].reduce(0) { $0 << 8 | Int($1) }
    }

    private func little(_ offset: Int, _ width: Int) -> Int? {
        guard offset + width <= bytes.count else { return nil }
        return bytes[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
