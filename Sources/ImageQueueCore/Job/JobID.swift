internal import ImageQueueConcurrency

#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Names the work of one job, everywhere: in events, status and cancel.
///
/// A UUID of version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits, so that ids made later
/// sort later. Printed in lower case; any case is accepted.
public struct JobID: Sendable, Hashable {
    /// The id's 128 bits.
    public let uuid: UUID

    /// Wraps a UUID of any version: an id that came from elsewhere is looked up, not judged.
    public init(uuid: UUID) {
        self.uuid = uuid
    }

    /// Reads the 36-character form, in any case.
    ///
    /// Answers `nil` for anything else.
    public init?(_ text: String) {
        // By hand: it is done for each row that is read, and `UUID(uuidString:)` is slow, and skips white space.
        var text = text
        let words = text.withUTF8 { bytes -> (high: UInt64, low: UInt64)? in
            guard bytes.count == 36 else { return nil }
            for place in [8, 13, 18, 23] where bytes[place] != UInt8(ascii: "-") { return nil }
            guard let a = Self.word(bytes[0..<8]), let b = Self.word(bytes[9..<13]), let c = Self.word(bytes[14..<18]),
                let d = Self.word(bytes[19..<23]), let e = Self.word(bytes[24..<36])
            else { return nil }
            return (high: a << 32 | b << 16 | c, low: d << 48 | e)
        }
        guard let words else { return nil }
        self.init(high: words.high, low: words.low)
    }

    private static func isDash(_ place: Int) -> Bool { place == 8 || place == 13 || place == 18 || place == 23 }

    /// The number of some hexadecimal digits. Without a branch for each: which it is can't be foreseen.
    private static func word(_ digits: Slice<UnsafeBufferPointer<UInt8>>) -> UInt64? {
        var word: UInt64 = 0
        var isWrong = false
        for byte in digits {
            let number = byte &- UInt8(ascii: "0")
            // The bit that tells lower from upper case.
            let letter = (byte | 0x20) &- UInt8(ascii: "a")
            isWrong = isWrong || (number > 9 && letter > 5)
            word = word << 4 | UInt64(number <= 9 ? number : letter &+ 10)
        }
        return isWrong ? nil : word
    }

    private init(high: UInt64, low: UInt64) {
        func byte(_ word: UInt64, _ index: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: word >> (56 - 8 * index)) }
        self.init(
            uuid: UUID(
                uuid: (
                    byte(high, 0), byte(high, 1), byte(high, 2), byte(high, 3),
                    byte(high, 4), byte(high, 5), byte(high, 6), byte(high, 7),
                    byte(low, 0), byte(low, 1), byte(low, 2), byte(low, 3),
                    byte(low, 4), byte(low, 5), byte(low, 6), byte(low, 7)
                )
            )
        )
    }

    /// Makes a new version 7 id for the given moment.
    ///
    /// - Parameters:
    ///   - now: The wall clock's time; its milliseconds since 1970 become the id's first 48 bits.
    ///   - generator: Where the 74 random bits come from.
    public static func make(at now: Date, using generator: inout some RandomNumberGenerator) -> JobID {
        // Rounded: a whole millisecond in binary seconds may lie just below itself.
        let milliseconds = UInt64(max(0, (now.timeIntervalSince1970 * 1000).rounded()))
        let high = (milliseconds << 16) | 0x7000 | (generator.next() & 0x0FFF)
        let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return JobID(high: high, low: low)
    }

    /// Makes a new version 7 id for now.
    public static func make() -> JobID {
        var generator = SystemChance()
        return make(at: Date(), using: &generator)
    }
}

extension JobID: LosslessStringConvertible {
    /// The 36-character form in lower case.
    public var description: String {
        withUnsafeBytes(of: uuid.uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { text in
                var place = 0
                for byte in bytes {
                    if Self.isDash(place) {
                        text[place] = UInt8(ascii: "-")
                        place += 1
                    }
                    text[place] = Self.character(byte >> 4)
                    text[place + 1] = Self.character(byte & 15)
                    place += 2
                }
                return place
            }
        }
    }

    private static func character(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }
}

extension JobID: Comparable {
    /// Orders by the 128 bits, so by time of making for version 7 ids.
    public static func < (left: JobID, right: JobID) -> Bool { left.description < right.description }
}

extension JobID: Codable {
    /// Reads the 36-character form.
    ///
    /// - Throws: `DecodingError.dataCorrupted` for anything else.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = JobID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "A job id is a UUID.")
        }
        self = id
    }

    /// Writes the 36-character form in lower case.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
