import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct TextToImageBodyTests {
    private func fields(_ task: DrawingTask) throws -> [String: Any] {
        let data = try JSONEncoder().encode(TextToImageBody(task: task, request: #require(task.request.drawing)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `Every field is explicit, and it is one picture`() throws {
        var task = Samples.task()
        task.id.number = 2
        task.request.drawing?.negativePrompt = "dog"
        task.request.drawing?.styles = ["ink"]
        let fields = try fields(task)
        #expect(
            Set(fields.keys) == [
                "prompt", "negative_prompt", "styles", "width", "height", "steps", "cfg_scale", "distilled_cfg_scale",
                "sampler_name", "scheduler", "seed", "subseed", "subseed_strength", "batch_size", "n_iter",
                "enable_hr", "force_task_id", "send_images", "save_images",
            ]
        )
        #expect(fields["seed"] as? Int == 3)
        #expect(fields["batch_size"] as? Int == 1)
        #expect(fields["n_iter"] as? Int == 1)
        #expect(fields["force_task_id"] as? String == "iq-0190a0b0-0000-7000-8000-000000000001-1-2")
        #expect(fields["send_images"] as? Bool == true)
        #expect(fields["save_images"] as? Bool == false)
        #expect(fields["styles"] as? [String] == ["ink"])
    }

    @Test func `Settings are overridden by a model alone`() throws {
        var task = Samples.task()
        task.request.drawing?.model = "flux-dev"
        let fields = try fields(task)
        #expect(fields["override_settings"] as? [String: String] == ["sd_model_checkpoint": "flux-dev"])
        #expect(fields["override_settings_restore_afterwards"] as? Bool == true)
    }

    @Test func `Extra fields are sent by their names, and none that was not set`() throws {
        var task = Samples.task()
        task.request.drawing?.extras.tiling = true
        task.request.drawing?.extras.eta = 0.75
        task.request.drawing?.extras.sChurn = 2
        task.request.drawing?.extras.sTmin = 0.25
        task.request.drawing?.extras.sTmax = 20
        task.request.drawing?.extras.sNoise = 1.0625
        task.request.drawing?.extras.refinerCheckpoint = "random-b"
        task.request.drawing?.extras.refinerSwitchAt = 0.5
        let plain = Set(try fields(Samples.task()).keys)
        let fields = try fields(task)
        #expect(
            Set(fields.keys).subtracting(plain) == [
                "tiling", "eta", "s_churn", "s_tmin", "s_tmax", "s_noise", "refiner_checkpoint", "refiner_switch_at",
            ]
        )
        #expect(fields["tiling"] as? Bool == true && fields["refiner_checkpoint"] as? String == "random-b")
        #expect(fields["s_churn"] as? Double == 2 && fields["refiner_switch_at"] as? Double == 0.5)
        #expect(fields["s_tmin"] as? Double == 0.25 && fields["s_tmax"] as? Double == 20)
        #expect(fields["s_noise"] as? Double == 1.0625 && fields["eta"] as? Double == 0.75)
    }

    @Test func `A second pass is sent as it was recorded`() throws {
        let recording = try Recording.named("10b-hires/additional-empty")
        let object = try JSONSerialization.jsonObject(with: recording.requestBody)
        let recorded = try #require(object as? [String: Any])
        let fields = try fields(Samples.hires())
        for key in recorded.keys {
            let (ours, theirs) = (try #require(fields[key]), try #require(recorded[key]))
            #expect((ours as? NSObject) == (theirs as? NSObject), "\(key): \(ours), not \(theirs)")
        }
        // The server's own default is 1, whatever the first pass has.
        #expect(fields["hr_cfg"] as? Double == fields["cfg_scale"] as? Double)
        #expect(fields["hr_distilled_cfg"] as? Double == 3.5)
    }

    @Test func `A picture that leans towards a subseed keeps its seed`() throws {
        var task = Samples.task()
        task.id.number = 2
        task.request.drawing?.subseed = 40
        task.request.drawing?.subseedStrength = 0.25
        var fields = try fields(task)
        #expect(fields["seed"] as? Int == 1)
        #expect(fields["subseed"] as? Int == 42)
        #expect(fields["subseed_strength"] as? Double == 0.25)
        fields = try self.fields(Samples.task())
        #expect(fields["subseed"] as? Int == -1)
        #expect(fields["subseed_strength"] as? Double == 0)
    }

    @Test func `A preview is never asked for`() throws {
        let data = try JSONEncoder().encode(TaskProgressQuestion(id: "x"))
        let fields = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(fields["id_task"] as? String == "x")
        #expect(fields["live_preview"] as? Bool == false)
    }
}
