import ImageQueueTesting
import Testing

@testable import ImageQueueCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Pictures to start from", .timeLimit(.minutes(1)))
struct InputFileTests {
    static let png = TinyPNG.bytes(seed: 7, width: 16, height: 9)

    @Test("are named by what their bytes say")
    func named() throws {
        let file = try InputFile(Self.png)
        #expect(file.image.format == .png && file.image.width == 16 && file.image.height == 9)
        #expect(file.image.byteCount == Self.png.count && file.bytes == Self.png)
        // sha256 of "abc", FIPS 180-4's own example, tells that the hash is the right one.
        #expect(InputFile(Data("abc".utf8), as: Self.abc) != nil)
        #expect(file.image.sha256.count == 64 && file.image.sha256 != Self.abc.sha256)
    }

    private static let abc = InputImage(
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        format: .png,
        width: 1,
        height: 1,
        byteCount: 3
    )

    @Test("with other bytes than they are named by are none")
    func damaged() throws {
        let image = try InputFile(Self.png).image
        var bytes = Self.png
        bytes[bytes.endIndex - 1] ^= 1
        #expect(InputFile(bytes, as: image) == nil)
        #expect(InputFile(Self.png.dropLast(), as: image) == nil)
        #expect(InputFile(Self.png, as: image) != nil)
    }

    /// A PNG's header chunk of a size, with all that makes it whole.
    private static func png(_ width: UInt32, _ height: UInt32) -> Data {
        var bytes = TinyPNG.bytes(seed: 1)
        for (place, value) in [(16, width), (20, height)] {
            for shift in 0..<4 { bytes[place + shift] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(shift))) }
        }
        return bytes
    }

    @Test(
        "are refused for what is wrong with them",
        arguments: [
            (Data(), "empty"), (Data("a text\n".utf8), "PNG, JPEG or WebP"), (Data([0]), "PNG, JPEG or WebP"),
            (png.dropLast(4), "incomplete png"), (png.prefix(20), "incomplete png"),
            (Data([0xFF, 0xD8, 0xFF, 0xE0]), "incomplete jpeg"),
            (png(8193, 1), "8192 pixels; it has 8193 × 1"), (png(1, 8193), "8192"), (png(0, 1), "incomplete png"),
            (Data(count: InputFile.byteLimit + 1), "32 MiB"),
        ]
    )
    func refused(bytes: Data, words: String) throws {
        let error = try #require(throws: QueueError.self) { try InputFile(bytes, field: "mask") }
        #expect(error.code == .invalidRequest)
        #expect(error.message.hasPrefix("mask ") && error.message.contains(words), "\(error.message)")
    }

    @Test("of the longest sides are taken")
    func longest() throws {
        #expect(try InputFile(Self.png(8192, 8192)).image.width == 8192)
    }
}
