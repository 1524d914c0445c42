import Foundation
import ImageQueueCore

@testable import ForgeClient

extension Recording {
    private struct Body: Decodable {
        var prompt: String?
        var width: LenientNumber?
        var height: LenientNumber?
        var steps: LenientNumber?
        var seed: Int64?
        var sampler: String?
        var scheduler: String?
        var enablesHires: Bool?
        var scale: Double?
        var settings: [String: JSONValue]?

        private enum Key: String, CodingKey {
            case prompt, width, height, steps, seed, scheduler
            case sampler = "sampler_name"
            case enablesHires = "enable_hr"
            case scale = "hr_scale"
            case settings = "override_settings"
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            prompt = fields.lenient(String.self, .prompt)
            width = fields.lenient(LenientNumber.self, .width)
            height = fields.lenient(LenientNumber.self, .height)
            steps = fields.lenient(LenientNumber.self, .steps)
            seed = fields.lenient(Int64.self, .seed)
            sampler = fields.lenient(String.self, .sampler)
            scheduler = fields.lenient(String.self, .scheduler)
            enablesHires = fields.lenient(Bool.self, .enablesHires)
            scale = fields.lenient(Double.self, .scale)
            settings = fields.lenient([String: JSONValue].self, .settings)
        }
    }

    /// What the recorded call asked for, with Forge's defaults for what it left out.
    var task: DrawingTask {
        var task = Samples.task()
        guard let body = try? JSONDecoder().decode(Body.self, from: requestBody) else { return task }
        var request = TextToImageRequest(prompt: body.prompt ?? "")
        request.width = body.width?.int ?? 512
        request.height = body.height?.int ?? 512
        request.steps = body.steps?.int ?? 50
        request.seed = body.seed.flatMap { $0 < 0 ? nil : $0 } ?? drawnSeed ?? 0
        request.sampler = body.sampler ?? "Euler"
        request.scheduler = body.scheduler ?? "Automatic"
        if body.enablesHires == true {
            request.hires = HiresFix()
            request.hires?.scale = body.scale ?? 2
        }
        if case .string(let model)? = body.settings?["sd_model_checkpoint"] { request.model = model }
        task.request = .textToImage(request)
        return task
    }

    /// The queue sends a seed with every request: a call that left it to Forge stands for one with what Forge chose.
    private var drawnSeed: Int64? {
        let answer = try? JSONDecoder().decode(TextToImageAnswer.self, from: self.body)
        return answer?.info?.firstSeed.map { Int64(clamping: $0) }
    }
}
