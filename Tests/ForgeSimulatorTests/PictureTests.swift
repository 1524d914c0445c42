import Foundation
import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct PictureTests {
    struct Chunk {
        let type: String
        let data: [UInt8]
    }

    private func chunks(of file: [UInt8]) throws -> [Chunk] {
        #expect(Array(file.prefix(8)) == PNG.signature)
        var chunks: [Chunk] = []
        var offset = 8
        while offset < file.count {
            func number(_ at: Int) -> Int { file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
            let length = number(offset)
            let named = Array(file[offset + 4..<offset + 8 + length])
            #expect(number(offset + 8 + length) == Int(slowCRC(named)))
            chunks.append(
                Chunk(type: String(decoding: named.prefix(4), as: UTF8.self), data: Array(named.dropFirst(4)))
            )
            offset += length + 12
        }
        return chunks
    }

    /// Bit by bit, as the PNG specification defines it.
    private func slowCRC(_ bytes: [UInt8]) -> UInt32 {
        var sum: UInt32 = .max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }

    private func picture(width: Int = 200, height: Int = 120) -> Placeholder {
        Placeholder(
            width: width,
            height: height,
            prompt: "a cat",
            seed: 7,
            stepsDone: 3,
            stepsAsked: 20,
            parameters: "p"
        )
    }

    @Test(arguments: [(64, 64), (8, 8), (200, 120), (16, 520), (513, 77)])
    func isAValidPNG(width: Int, height: Int) throws {
        let chunks = try chunks(of: picture(width: width, height: height).png())
        #expect(chunks.map(\.type) == ["IHDR", "tEXt", "PLTE", "IDAT", "IEND"])
        #expect(chunks[2].data.count == 66 * 3)
        let rows = try Inflater.inflate(chunks[3].data)
        try #require(rows.count == height * (width + 1))
        var above = [UInt8](repeating: 0, count: width)
        for y in 0..<height {
            let line = rows[y * (width + 1)..<(y + 1) * (width + 1)]
            #expect(line.first == 2)
            above = zip(above, line.dropFirst()).map { $0 &+ $1 }
            #expect(above.allSatisfy { $0 < 66 })
        }
    }

    @Test func followsFromItsValues() {
        let one = picture()
        #expect(one.png() == one.png())
        var changes: [Placeholder] = []
        for change in [
            { $0.seed = 8 }, { $0.prompt = "a dog" }, { $0.stepsDone = 4 }, { $0.width = 208 },
        ] as [(inout Placeholder) -> Void] {
            var other = one
            change(&other)
            changes.append(other)
        }
        #expect(Set(changes.map { $0.png() } + [one.png()]).count == 5)
    }

    @Test(arguments: [("kedi çiz", "tEXt"), ("kuş ve ışık", "iTXt"), ("قطة", "iTXt"), ("🐈", "iTXt")])
    func carriesTheInfotext(prompt: String, chunk: String) throws {
        var picture = picture()
        picture.parameters = prompt
        let file = picture.png()
        #expect(try chunks(of: file)[1].type == chunk)
        #expect(PNG.parameters(of: file) == prompt)
        #expect(PNG.size(of: file) == PNG.Size(width: 200, height: 120))
    }

    /// Of any length: what is left of the filling is encoded with what follows it.
    @Test(arguments: 10_000...10_002) func canBeMadeHeavy(bytes: Int) throws {
        let text = Base64.text(picture().file(padding: Padding(bytes: bytes)))
        let file = Array(try #require(Data(base64Encoded: text)))
        #expect(file.count == picture().png().count + bytes + 12)
        #expect(try chunks(of: file).map(\.type) == ["IHDR", "fiLl", "tEXt", "PLTE", "IDAT", "IEND"])
        #expect(PNG.parameters(of: file) == picture().parameters)
    }

    @Test func readsOtherFilesWithoutFalling() {
        #expect(PNG.size(of: []) == nil)
        #expect(PNG.size(of: PNG.signature) == nil)
        let file = picture().png()
        for length in 0..<file.count { _ = PNG.parameters(of: Array(file.prefix(length))) }
    }

    @Test func jpegHasItsSegments() {
        let file = picture().jpeg()
        var offset = 2
        var markers: [UInt8] = []
        while offset < file.count, markers.last != 0xDA {
            #expect(file[offset] == 0xFF)
            markers.append(file[offset + 1])
            offset += 2 + Int(file[offset + 2]) << 8 + Int(file[offset + 3])
        }
        #expect(markers == [0xE0, 0xFE, 0xDB, 0xC0, 0xC4, 0xC4, 0xDA])
        var other = picture()
        other.stepsDone = 4
        #expect(other.jpeg() != file)
    }

    /// Not an assertion about speed but a guard against drawing pixel by pixel again: that takes seconds here.
    @Test(.timeLimit(.minutes(1))) func drawsLargePictures() {
        let start = ContinuousClock.now
        let file = picture(width: 4096, height: 4096).png()
        #expect(file.count < 1_000_000)
        #expect(start.duration(to: .now) < .seconds(20))
    }
}
