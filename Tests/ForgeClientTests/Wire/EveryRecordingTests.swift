import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Every answer that a real Forge gave to a call that this client makes, whatever it is.
@Suite(.timeLimit(.minutes(1)))
struct EveryRecordingTests {
    private static let paths: [String: ForgeRequest.Endpoint] = [
        "/sdapi/v1/txt2img": .textToImage, "/internal/progress": .taskProgress, "/sdapi/v1/progress": .progress,
        "/sdapi/v1/interrupt": .interrupt, "/sdapi/v1/sd-models": .models, "/sdapi/v1/samplers": .samplers,
        "/sdapi/v1/schedulers": .schedulers, "/sdapi/v1/upscalers": .upscalers,
        "/sdapi/v1/latent-upscale-modes": .latentUpscaleModes,
    ]

    /// By status alone; a 500 has its class by what it says, which `FailureReadingTests` lists.
    private static let byStatus: [Int: GenerationError.FailureClass] = [
        401: .unauthorized, 404: .notReady, 405: .notReady, 422: .rejectedInput,
    ]

    @Test(arguments: Recording.every)
    func `Each is a value or a failure with a class`(recording: Recording) throws {
        let path = recording.path.split(separator: "?").first.map(String.init) ?? ""
        let endpoint = try #require(Self.paths[path], "\(path) is none of this client's")
        let failures = FailureReading(address: .usual, endpoint: endpoint)
        switch recording.status {
        case 200 where recording.name.hasSuffix("-gzip") || recording.body.isEmpty:
            // Asked for as gzip, which this client never does, or not kept.
            break
        case 200 where recording.name == "01-get/OPTIONS-txt2img":
            let error = try #require(throws: GenerationError.self) { try Samples.reading().read(recording.body) }
            #expect(error.failureClass == .malformedAnswer)
        case 200:
            switch endpoint {
            case .textToImage: #expect(try Samples.reading().read(recording.body).jobTimestamp?.count == 14)
            case .taskProgress: _ = try JSONDecoder().decode(TaskProgress.self, from: recording.body)
            case .progress: _ = try JSONDecoder().decode(ServerProgress.self, from: recording.body)
            case .models: _ = try JSONDecoder().decode([ModelEntry].self, from: recording.body)
            case .samplers, .schedulers, .upscalers, .latentUpscaleModes:
                #expect(try JSONDecoder().decode([NameEntry].self, from: recording.body).isEmpty == false)
            case .options: _ = try JSONDecoder().decode(OptionsAnswer.self, from: recording.body)
            case .system: _ = try JSONDecoder().decode(SystemAnswer.self, from: recording.body)
            case .interrupt, .unloadCheckpoint: break
            }
        case ..<100:
            let error = failures.error(TransportError(kind: .connectionLost, detail: ""))
            #expect(error.failureClass == .connectionLost)
        default:
            let error = failures.error(status: recording.status, body: ErrorBody(recording.body))
            if let expected = Self.byStatus[recording.status] {
                #expect(error.failureClass == expected, "\(error)")
            } else {
                #expect(recording.status == 500)
            }
            #expect(!error.message.isEmpty && error.message.allSatisfy { !$0.isNewline })
        }
    }

    @Test func `There are all of them`() {
        #expect(Recording.every.count == 230)
    }
}
