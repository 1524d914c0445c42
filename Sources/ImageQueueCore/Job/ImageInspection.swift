/// What a picture's own bytes say of it.
package struct ImageInspection: Sendable, Hashable {
    /// The format, by signature.
    package let format: ImageFormat
    /// Pixels across.
    package let width: Int
    /// Pixels down.
    package let height: Int

    /// Reads the head of a PNG, JPEG or WebP; `nil` for anything else, and for a head that is cut short.
    package init?(_ bytes: some RandomAccessCollection<UInt8>) {
        guard let format = ImageFormat(signatureOf: bytes) else { return nil }
        let reader = ByteReader(bytes)
        let size: (width: Int, height: Int)?
        switch format {
        case .png: size = Self.png(reader)
        case .jpeg: size = Self.jpeg(reader)
        case .webp: size = Self.webp(reader)
        }
        guard let size, size.width > 0, size.height > 0 else { return nil }
        self.format = format
        width = size.width
        height = size.height
    }

    /// The first chunk is IHDR: length, name, width, height (ISO/IEC 15948, 11.2.2).
    private static func png(_ bytes: ByteReader<some RandomAccessCollection<UInt8>>) -> (Int, Int)? {
        guard bytes.matches("IHDR", at: 12), let width = bytes.big(16, 4), let height = bytes.big(20, 4) else {
            return nil
        }
        return (width, height)
    }

    /// Segments until a start of frame, SOF0–SOF15 but for DHT, JPG and DAC (ITU-T T.81, B.2.2).
    private static func jpeg(_ bytes: ByteReader<some RandomAccessCollection<UInt8>>) -> (Int, Int)? {
        var offset = 2
        while bytes.big(offset, 1) == 0xFF, let marker = bytes.big(offset + 1, 1) {
            if marker == 0xFF {
                offset += 1
                continue
            }
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                guard let height = bytes.big(offset + 5, 2), let width = bytes.big(offset + 7, 2) else { return nil }
                return (width, height)
            }
            guard let length = bytes.big(offset + 2, 2), length >= 2, marker != 0xDA else { return nil }
            offset += 2 + length
        }
        return nil
    }

    /// The first chunk is VP8, VP8L or VP8X (RFC 9649, 2.5 to 2.7).
    private static func webp(_ bytes: ByteReader<some RandomAccessCollection<UInt8>>) -> (Int, Int)? {
        if bytes.matches("VP8X", at: 12) {
            guard let width = bytes.little(24, 3), let height = bytes.little(27, 3) else { return nil }
            return (width + 1, height + 1)
        }
        if bytes.matches("VP8L", at: 12) {
            guard bytes.big(20, 1) == 0x2F, let bits = bytes.little(21, 4) else { return nil }
            return ((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1)
        }
        guard bytes.matches("VP8 ", at: 12), bytes.big(23, 3) == 0x9D012A else { return nil }
        guard let width = bytes.little(26, 2), let height = bytes.little(28, 2) else { return nil }
        return (width & 0x3FFF, height & 0x3FFF)
    }
}

/// Numbers at places that may not be there.
private struct ByteReader<Bytes: RandomAccessCollection<UInt8>> {
    private let bytes: Bytes

    init(_ bytes: Bytes) { self.bytes = bytes }

    private func slice(_ offset: Int, _ count: Int) -> Bytes.SubSequence? {
        guard offset >= 0, count >= 0, offset <= bytes.count - count else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: offset)
        return bytes[start..<bytes.index(start, offsetBy: count)]
    }

    func big(_ offset: Int, _ count: Int) -> Int? { slice(offset, count)?.reduce(0) { $0 << 8 | Int($1) } }
    func little(_ offset: Int, _ count: Int) -> Int? {
        slice(offset, count)?.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    func matches(_ text: String, at offset: Int) -> Bool {
        slice(offset, text.utf8.count).map { $0.elementsEqual(text.utf8) } ?? false
    }
}
