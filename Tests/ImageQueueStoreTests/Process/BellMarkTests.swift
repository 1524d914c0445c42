import Testing

@testable import ImageQueueStore

@Suite("What the doorbell says of the database", .timeLimit(.minutes(1)))
struct BellMarkTests {
    private static let mark = BellMark(log: "0123456789abcdef", file: 7, sequence: 5)

    private static func mark(_ log: String = "0123456789abcdef", _ file: UInt64 = 7, _ sequence: Int64 = 5) -> BellMark
    {
        BellMark(log: log, file: file, sequence: sequence)
    }

    @Test("is read as it was written", arguments: [mark, mark("0123456789abcdef", .max, .max), mark("a", 0, 0)])
    func bytes(mark: BellMark) {
        #expect(mark.bytes.count == BellMark.byteCount)
        #expect(BellMark(bytes: mark.bytes) == mark)
    }

    @Test("is nothing unless it is whole")
    func torn() {
        let bytes = Self.mark.bytes
        for count in 0..<bytes.count { #expect(BellMark(bytes: Array(bytes.prefix(count))) == nil) }
        #expect(BellMark(bytes: Array(repeating: 0, count: 64)) == nil)
        #expect(BellMark(bytes: Array("!".utf8)) == nil)
        #expect(BellMark(bytes: Array(repeating: UInt8(ascii: " "), count: 63) + [UInt8(ascii: "\n")]) == nil)
        var letters = bytes
        letters[17] = UInt8(ascii: "x")
        #expect(BellMark(bytes: letters) == nil)
    }

    @Test(
        "vouches for the same log in the same file, unless that went back",
        arguments: [
            (mark(), true), (mark("0123456789abcdef", 7, 6), true), (mark("0123456789abcdef", 7, 4), false),
            (mark("0123456789abcdef", 8, 5), false), (mark("fedcba9876543210", 7, 5), false),
        ]
    )
    func vouches(database: BellMark, wanted: Bool) {
        #expect(Self.mark.vouches(for: database) == wanted)
    }

    @Test("keeps the greater number, and another log's mark for who opens the database next")
    func written() {
        #expect(Self.mark.written(over: nil) == Self.mark)
        #expect(Self.mark.written(over: Self.mark("0123456789abcdef", 7, 4)) == Self.mark)
        #expect(Self.mark.written(over: Self.mark("0123456789abcdef", 7, 9)).sequence == 9)
        let others = [Self.mark("fedcba9876543210", 7, 1), Self.mark("0123456789abcdef", 8, 1)]
        for other in others { #expect(Self.mark.written(over: other) == other) }
    }
}
