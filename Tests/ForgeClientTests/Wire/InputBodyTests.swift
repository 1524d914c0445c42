import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite("Bodies that carry pictures", .timeLimit(.minutes(1)))
struct InputBodyTests {
    private func fields(_ task: DrawingTask) async throws -> [String: Any] {
        let body = try await LibraryThread.call(named: "body") { try task.body() }
        return try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    private func recorded(_ name: String) throws -> [String: Any] {
        let body = try Recording.named(name).requestBody
        return try #require(try JSONSerialization.jsonObject(with: body) as? [String: Any])
    }

    private func expect(_ fields: [String: Any], holds recorded: [String: Any]) {
        for (key, value) in recorded {
            let (sent, wanted) = (fields[key].map { "\($0)" } ?? "nothing", "\(value)")
            #expect(sent == wanted, "\(key): \(sent.prefix(60)), not \(wanted.prefix(60))")
        }
    }

    @Test("A picture to draw over is sent as it was recorded, with the same bytes")
    func imageToImage() async throws {
        let sent = try await fields(Samples.imageToImage())
        expect(sent, holds: try recorded("08-img2img-extras/i2i-ok"))
        #expect(sent["include_init_images"] as? Bool == false)
        #expect(sent["resize_mode"] as? Int == 0)
        #expect(sent["force_task_id"] as? String == Samples.taskID().description)
        #expect(sent["mask"] == nil && sent["enable_hr"] == nil)
    }

    @Test("A mask is sent as it was recorded, each of its settings as Forge's number")
    func mask() async throws {
        let sent = try await fields(
            Samples.imageToImage { request in
                var mask = ImageMask(request.image)
                mask.blur = 9
                mask.fill = .noise
                mask.isInverted = true
                mask.drawsMaskedPartOnly = true
                mask.padding = 12
                request.mask = mask
                request.fit = .pad
            }
        )
        expect(sent, holds: try recorded("08-img2img-extras/i2i-mask").filter { $0.key != "denoising_strength" })
        #expect(sent["mask_blur"] as? Int == 9)
        #expect(sent["inpainting_fill"] as? Int == 2)
        #expect(sent["inpainting_mask_invert"] as? Int == 1)
        #expect(sent["inpaint_full_res"] as? Bool == true)
        #expect(sent["inpaint_full_res_padding"] as? Int == 12)
        #expect(sent["resize_mode"] as? Int == 2)
    }

    @Test("An upscale is sent as it was recorded, and carries no task id")
    func upscale() async throws {
        let sent = try await fields(Samples.upscale())
        expect(sent, holds: try recorded("08-img2img-extras/ex-lanczos2"))
        #expect(Set(sent.keys) == ["image", "resize_mode", "upscaling_resize", "upscaler_1"])
        #expect(sent["resize_mode"] as? Int == 0)
    }

    @Test("Without its picture nothing is sent: Forge would keep the id in its queue for ever")
    func missing() throws {
        for var task in [try Samples.imageToImage(), try Samples.upscale()] {
            task.inputs = []
            let error = try #require(throws: GenerationError.self) { try task.body() }
            #expect(error.failureClass == .rejectedInput)
        }
    }
}
