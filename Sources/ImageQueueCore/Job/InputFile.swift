internal import Crypto

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// The bytes of a picture that a request starts from, and what is true of them.
///
/// A PNG, JPEG or WebP by its own bytes, whole, at most 32 MiB long, and no side longer than 8192 pixels.
public struct InputFile: Sendable, Hashable {
    /// The file.
    public let bytes: Data
    /// How a request names it.
    public let image: InputImage

    /// The longest that a file may be, in bytes: 32 MiB.
    public static let byteLimit = 32 * 1_048_576
    /// The longest side that a picture may have, in pixels.
    public static let longestSide = 8192

    /// Takes a picture's bytes. Reads all of them, about a millisecond a megabyte.
    ///
    /// - Parameter field: What an error calls the picture.
    /// - Throws: ``QueueError`` with code `invalid_request` for anything but a whole picture within the limits.
    public init(_ bytes: Data, field: String = "image") throws {
        guard !bytes.isEmpty else { throw FieldRule.refusal(field, "is empty; it must be a PNG, JPEG or WebP") }
        guard bytes.count <= Self.byteLimit else { throw Self.tooLong(field) }
        guard let format = ImageFormat(signatureOf: bytes) else {
            throw FieldRule.refusal(field, "must be a PNG, JPEG or WebP by its bytes")
        }
        guard let inspection = ImageInspection(bytes) else {
            throw FieldRule.refusal(field, "is a damaged or incomplete \(format.rawValue)")
        }
        guard max(inspection.width, inspection.height) <= Self.longestSide else {
            throw FieldRule.refusal(
                field,
                "must have no side above \(Self.longestSide) pixels; it has \(inspection.width) × \(inspection.height)"
            )
        }
        self.bytes = bytes
        image = InputImage(
            sha256: Self.hash(of: bytes),
            format: format,
            width: inspection.width,
            height: inspection.height,
            byteCount: bytes.count
        )
    }

    /// Pairs bytes with what was once found true of them; `nil` where they are others by now.
    package init?(_ bytes: Data, as image: InputImage) {
        guard bytes.count == image.byteCount, Self.hash(of: bytes) == image.sha256 else { return nil }
        self.bytes = bytes
        self.image = image
    }

    /// The refusal of a file of more than ``byteLimit`` bytes, for whoever sees its length before reading it.
    package static func tooLong(_ field: String) -> QueueError {
        FieldRule.refusal(field, "must be at most \(byteLimit / 1_048_576) MiB")
    }

    private static func hash(of bytes: Data) -> String {
        SHA256.hash(data: bytes).hexadecimal
    }

    /// Tells files apart by their pictures' names, which follow from the bytes.
    public static func == (left: InputFile, right: InputFile) -> Bool { left.image == right.image }

    /// Hashes the picture's name.
    public func hash(into hasher: inout Hasher) { hasher.combine(image) }
}
