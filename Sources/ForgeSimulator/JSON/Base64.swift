internal import NIOCore

/// Writes base64 (RFC 4648, section 4) straight into a buffer: a picture's two megabytes are handled once.
enum Base64 {
    /// The two letters of each twelve bits, as they lie in memory.
    private static let pairs: [UInt16] = {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return (0..<4096).map { UInt16(littleEndian: UInt16(letters[$0 >> 6]) | UInt16(letters[$0 & 63]) << 8) }
    }()

    static func write(_ file: PictureFile, to buffer: inout ByteBuffer) {
        guard let padding = file.padding else { return write(file.bytes[...], to: &buffer) }
        write(file.bytes.prefix(Padding.offset), to: &buffer)
        buffer.writeImmutableBuffer(padding.text)
        write(padding.rest[...] + file.bytes.dropFirst(Padding.offset), to: &buffer)
    }

    static func write(_ bytes: ArraySlice<UInt8>, to buffer: inout ByteBuffer) {
        let whole = bytes.count / 3 * 3
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: bytes.count / 3 * 4) { target in
            pairs.withUnsafeBufferPointer { pairs in
                bytes.withUnsafeBufferPointer { bytes in
                    var place = 0
                    for index in stride(from: 0, to: whole, by: 3) {
                        let bits = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
                        target.storeBytes(of: pairs[bits >> 12], toByteOffset: place, as: UInt16.self)
                        target.storeBytes(of: pairs[bits & 4095], toByteOffset: place + 2, as: UInt16.self)
                        place += 4
                    }
                    return place
                }
            }
        }
        let rest = bytes.dropFirst(whole)
        guard let first = rest.first else { return }
        let second = rest.dropFirst().first
        let bits = Int(first) << 16 | Int(second ?? 0) << 8
        buffer.writeInteger(pairs[bits >> 12], endianness: .host)
        let last = pairs[bits & 4095].littleEndian
        buffer.writeInteger(second == nil ? UInt8(ascii: "=") : UInt8(truncatingIfNeeded: last))
        buffer.writeInteger(UInt8(ascii: "="))
    }

    static func text(_ file: PictureFile) -> String {
        var buffer = ByteBuffer()
        write(file, to: &buffer)
        return String(buffer: buffer)
    }
}
