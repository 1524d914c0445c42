import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueTesting
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

@Suite("Job ids", .timeLimit(.minutes(1)))
struct JobIDTests {
    @Test("are UUIDs of version 7 with the moment in front (RFC 9562, 5.7)")
    func version() {
        var generator = SeededGenerator(seed: 1)
        // RFC 9562, appendix A.6: 2022-02-22 19:22:22.00 GMT is 017F22E2-79B0-7…
        let id = JobID.make(at: Date(timeIntervalSince1970: 1_645_557_742), using: &generator)
        let text = id.description
        #expect(text.hasPrefix("017f22e2-79b0-7"))
        #expect(text.count == 36)
        #expect("89ab".contains(Array(text)[19]), "the variant is 10")
        #expect(text == text.lowercased())
    }

    @Test("of a later millisecond sort later, whatever the random bits")
    func order() {
        var generator = SeededGenerator(seed: 2)
        let start = Date(timeIntervalSince1970: 1_795_521_600)
        let ids = (0..<500).map { JobID.make(at: start.addingTimeInterval(Double($0) / 1000), using: &generator) }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == ids.count)
    }

    @Test("differ within a millisecond")
    func unique() {
        let now = Date(timeIntervalSince1970: 1_795_521_600)
        var generator = SystemChance()
        #expect(Set((0..<1000).map { _ in JobID.make(at: now, using: &generator) }).count == 1000)
    }

    @Test("are read in any case and of any version")
    func reading() throws {
        let id = try #require(JobID("017F22E2-79b0-7CC3-98C4-DC0C0C07398F"))
        #expect(id.description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
        #expect(id == JobID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"))
        #expect(JobID("00000000-0000-0000-0000-000000000000") != nil)
        #expect(JobID("c232ab00-9414-11ec-b3c8-9f6bdeced846") != nil, "version 1")
    }

    @Test(
        "refuse anything that is not 36 characters of a UUID",
        arguments: [
            "", "101", "017f22e279b07cc398c4dc0c0c07398f", "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f ", " 017f22e2-79b0-7cc3-98c4-dc0c0c07398",
            "017f22e2x79b0-7cc3-98c4-dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c0739\u{0}f",
        ]
    )
    func refusal(text: String) {
        #expect(JobID(text) == nil)
    }

    @Test("are JSON strings in lower case")
    func coding() throws {
        let id = try #require(JobID("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"))
        let text = String(decoding: try JSONEncoder().encode([id]), as: UTF8.self)
        #expect(text == #"["017f22e2-79b0-7cc3-98c4-dc0c0c07398f"]"#)
        #expect(try JSONDecoder().decode([JobID].self, from: Data(text.utf8)) == [id])
        #expect(throws: DecodingError.self) { try JSONDecoder().decode([JobID].self, from: Data(#"["101"]"#.utf8)) }
    }

    @Test("Of each character at each place they read what belongs there, and nothing else")
    func eachCharacter() throws {
        let text = Array("01a22e22-285f-7c5f-b922-43d76e898c5B".utf8)
        for place in text.indices {
            for byte in UInt8.min...0x7F {
                var other = text
                other[place] = byte
                let written = String(decoding: other, as: UTF8.self)
                let isDash = [8, 13, 18, 23].contains(place)
                let belongs = isDash ? byte == UInt8(ascii: "-") : Character(UnicodeScalar(byte)).isHexDigit
                #expect(JobID(written)?.uuid == (belongs ? UUID(uuidString: written) : nil), "\(place) \(byte)")
            }
        }
    }
}
