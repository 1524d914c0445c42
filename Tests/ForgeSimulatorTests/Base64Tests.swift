import Foundation
import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct Base64Tests {
    @Test("What is written is base64, whatever the length", arguments: 0..<50)
    func lengths(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 151 + count) }
        #expect(Base64.text(PictureFile(bytes: bytes)) == Data(bytes).base64EncodedString())
    }

    @Test func `All pairs of bytes`() {
        let bytes = (0..<65_536).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
        #expect(Base64.text(PictureFile(bytes: bytes)) == Data(bytes).base64EncodedString())
    }
}
