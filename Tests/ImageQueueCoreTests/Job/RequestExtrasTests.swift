import Foundation
import Testing

@testable import ImageQueueCore

@Suite("The extra fields of a request are a closed list", .timeLimit(.minutes(1)))
struct RequestExtrasTests {
    private static let typed = [
        ("tiling", "true"), ("eta", "0.5"), ("s_churn", "10"), ("s_tmin", "0.1"), ("s_tmax", "20"), ("s_noise", "1.01"),
        ("refiner_checkpoint", "random-b"), ("refiner_switch_at", "0.8"),
    ]

    private func filled() throws -> RequestExtras {
        var extras = RequestExtras()
        for (name, text) in Self.typed { try extras.set(name, to: text) }
        return extras
    }

    @Test("Each has a name, and is stored as it was set; none is stored as nothing")
    func roundTrip() throws {
        #expect(RequestExtras.names == Self.typed.map(\.0))
        var request = TextToImageRequest(prompt: "kedi")
        let plain = try JSONEncoder().encode(ImageRequest.textToImage(request))
        #expect(!String(decoding: plain, as: UTF8.self).contains("extras"))
        request.extras = try filled()
        try request.validate()
        let stored = try JSONEncoder().encode(ImageRequest.textToImage(request))
        #expect(try JSONDecoder().decode(ImageRequest.self, from: stored) == .textToImage(request))
        let extras = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(request.extras)) as? [String: Any]
        #expect(Set(try #require(extras).keys) == Set(RequestExtras.names))
    }

    @Test("An unknown name is refused with the list, a text that is no value with what it should be")
    func refused() throws {
        var extras = RequestExtras()
        let error = #expect(throws: QueueError.self) { try extras.set("override_settings", to: "x") }
        #expect(error?.code == .invalidRequest)
        #expect(error?.message.contains(RequestExtras.names.joined(separator: ", ")) == true)
        for (name, text) in [("tiling", "yes"), ("eta", "much"), ("eta", "nan"), ("s_noise", "inf")] {
            #expect(throws: QueueError.self) { try extras.set(name, to: text) }
        }
        #expect(extras == RequestExtras())
    }

    @Test(
        "Each has its range",
        arguments: [
            ("eta", "-0.1"), ("eta", "1.1"), ("s_churn", "101"), ("s_tmin", "11"), ("s_tmax", "1000"),
            ("s_noise", "1.2"),
            ("refiner_switch_at", "2"), ("refiner_checkpoint", ""),
        ]
    )
    func ranges(name: String, text: String) throws {
        var request = TextToImageRequest(prompt: "kedi")
        request.extras = try filled()
        try request.extras.set(name, to: text)
        let error = #expect(throws: QueueError.self) { try request.validate() }
        #expect(error?.message.contains(name) == true)
    }

    @Test("A refiner needs to be told when it takes over")
    func refiner() throws {
        for name in ["refiner_checkpoint", "refiner_switch_at"] {
            var request = TextToImageRequest(prompt: "kedi")
            try request.extras.set(name, to: "0.5")
            #expect(throws: QueueError.self) { try request.validate() }
        }
    }
}
