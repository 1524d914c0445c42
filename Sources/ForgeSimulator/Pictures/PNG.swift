/// Writes and reads the parts of PNG files that a placeholder needs.
enum PNG {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    struct Size: Equatable, Sendable {
        let width: Int
        let height: Int
    }

    static func chunk(_ type: StaticString, _ data: [UInt8]) -> [UInt8] {
        var named = [UInt8](UnsafeBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount))
        named.reserveCapacity(data.count + 12)
        named += data
        return bigEndian(data.count) + named + bigEndian(Int(CRC32.sum(named)))
    }

    static func bigEndian(_ value: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// A text chunk as Pillow writes it: `tEXt` where Latin-1 can hold the text, else uncompressed `iTXt`.
    static func text(_ key: String, _ value: String) -> [UInt8] {
        let scalars = value.unicodeScalars
        if scalars.allSatisfy({ $0.value < 0x100 && $0.value != 0 }) {
            return chunk("tEXt", Array(key.utf8) + [0] + scalars.map { UInt8($0.value) })
        }
        return chunk("iTXt", Array(key.utf8) + [0, 0, 0, 0, 0] + Array(value.utf8))
    }

    /// The size in the header of a file, or `nil` for bytes that are no PNG.
    static func size(of file: [UInt8]) -> Size? {
        guard file.count >= 33, Array(file[0..<8]) == signature, Array(file[12..<16]) == Array("IHDR".utf8) else {
            return nil
        }
        func number(at offset: Int) -> Int { file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        return Size(width: number(at: 16), height: number(at: 20))
    }

    /// The `parameters` text of a file that this module or Pillow wrote, if it is there and not compressed.
    static func parameters(of file: [UInt8]) -> String? {
        guard size(of: file) != nil else { return nil }
        var offset = signature.count
        while offset + 12 <= file.count {
            let length = file[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            let end = offset + 12 + length
            guard end <= file.count else { return nil }
            let type = String(decoding: file[offset + 4..<offset + 8], as: UTF8.self)
            let data = file[offset + 8..<offset + 8 + length]
            let key = Array("parameters".utf8) + [0]
            if data.starts(with: key) {
                let rest = data.dropFirst(key.count)
                switch type {
                case "tEXt": return String(String.UnicodeScalarView(rest.map { Unicode.Scalar($0) }))
                case "iTXt" where rest.starts(with: [0, 0, 0, 0]):
                    return String(decoding: rest.dropFirst(4), as: UTF8.self)
                default: break
                }
            }
            offset = end
        }
        return nil
    }
}
