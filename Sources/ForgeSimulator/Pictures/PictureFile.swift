internal import NIOCore

/// The file of a picture, and what is to make it as large as a real one.
struct PictureFile: Sendable, Equatable {
    /// Without the padding.
    var bytes: [UInt8]
    /// Stands behind the header of a PNG.
    var padding: Padding?
}

/// A private, safe-to-copy chunk ("fiLl") of bytes that don't compress, with its base64.
///
/// Forge's own encoding is no part of what a simulation shows, and megabytes of filling took a good part of the time
/// between two pictures: it is encoded once. Behind the 33 bytes of a PNG's signature and header its text stands by
/// itself, for three bytes are four letters.
struct Padding: Sendable, Equatable {
    /// Where it goes.
    static let offset = 33
    /// The base64 of its first bytes, as many as are whole letters.
    let text: ByteBuffer
    /// The one or two that are left, which are encoded with what follows.
    let rest: [UInt8]

    /// - Parameter bytes: Of filling, more than none.
    init(bytes: Int) {
        var generator = SplitMix64(seed: 0x5EED)
        var noise: [UInt8] = []
        noise.reserveCapacity(bytes + 8)
        while noise.count < bytes {
            withUnsafeBytes(of: generator.next()) { noise.append(contentsOf: $0) }
        }
        let chunk = PNG.chunk("fiLl", Array(noise.prefix(bytes)))
        let whole = chunk.count / 3 * 3
        var text = ByteBuffer()
        Base64.write(chunk[..<whole], to: &text)
        self.text = text
        rest = Array(chunk[whole...])
    }
}
