import ImageQueueCore
import Testing

@Suite("Picture formats", .timeLimit(.minutes(1)))
struct ImageFormatTests {
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF]
    static let webp = Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WEBP".utf8)

    @Test(
        "are told by the first bytes",
        arguments: [(png, ImageFormat.png, "png"), (jpeg, .jpeg, "jpg"), (webp, .webp, "webp")]
    )
    func signature(bytes: [UInt8], format: ImageFormat, fileExtension: String) {
        #expect(ImageFormat(signatureOf: bytes) == format)
        #expect(ImageFormat(signatureOf: bytes + [0, 1, 2]) == format)
        #expect(ImageFormat(signatureOf: bytes.dropLast()) == nil, "a signature cut short")
        #expect(ImageFormat(signatureOf: ([9] + bytes).dropFirst()) == format, "a slice")
        #expect(format.fileExtension == fileExtension)
    }

    @Test(
        "are unknown for anything else",
        arguments: [
            [], Array("<html>".utf8), Array("GIF89a".utf8), Array("RIFF1234WAVE".utf8), [0x89, 0x50, 0x4E, 0x47],
        ]
    )
    func unknown(bytes: [UInt8]) {
        #expect(ImageFormat(signatureOf: bytes) == nil)
    }
}
