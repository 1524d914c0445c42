import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

enum Samples {
    static func taskID(_ attempt: Int = 1) -> DrawingTask.ID {
        DrawingTask.ID(
            job: JobID(uuid: UUID(uuidString: "0190A0B0-0000-7000-8000-000000000001") ?? UUID()),
            attempt: attempt,
            number: 0
        )
    }

    /// The request that most recordings were made with.
    static func task(_ attempt: Int = 1, steps: Int = 2) -> DrawingTask {
        var request = TextToImageRequest(prompt: "a cat")
        request.width = 64
        request.height = 64
        request.steps = steps
        request.seed = 1
        request.scheduler = "Automatic"
        return DrawingTask(id: taskID(attempt), request: request)
    }

    /// The request that the recordings of a second pass were made with.
    static func hires() -> DrawingTask {
        var task = task(steps: 6)
        var hires = HiresFix()
        hires.denoising = 0.5
        hires.steps = 4
        task.request.drawing?.hires = hires
        task.request.drawing?.cfgScale = 7
        return task
    }

    /// The picture that the recordings of section 08 start from.
    static func input() throws -> InputFile {
        struct Body: Decodable { var image: Data }
        let body = try Recording.named("08-img2img-extras/ex-lanczos2").requestBody
        return try InputFile(try JSONDecoder().decode(Body.self, from: body).image)
    }

    /// The request that those recordings of `img2img` were made with, where it is not changed.
    static func imageToImage(_ change: (inout ImageToImageRequest) -> Void = { _ in }) throws -> DrawingTask {
        let file = try input()
        var request = ImageToImageRequest(
            drawing: try #require(task(steps: 4).request.drawing),
            image: file.image
        )
        change(&request)
        return DrawingTask(id: taskID(), request: .imageToImage(request), inputs: [file])
    }

    /// The request that those recordings of an upscale were made with, where it is not changed.
    static func upscale(_ change: (inout UpscaleRequest) -> Void = { _ in }) throws -> DrawingTask {
        let file = try input()
        var request = UpscaleRequest(image: file.image)
        request.upscaler = "Lanczos"
        change(&request)
        return DrawingTask(id: taskID(), request: .upscale(request), inputs: [file])
    }

    static let failures = FailureReading(address: .usual, endpoint: .textToImage)

    static func reading(_ task: DrawingTask = task()) -> PictureReading {
        PictureReading(task: task, failures: failures)
    }

    static func taskProgress(_ active: Bool, _ queued: Bool, _ completed: Bool, progress: Double? = nil) -> String {
        """
        {"active":\(active),"queued":\(queued),"completed":\(completed),\
        "progress":\(progress.map { "\($0)" } ?? "null"),"eta":null}
        """
    }

    static func serverProgress(
        running: Bool = false,
        interrupted: Bool = false,
        timestamp: String = "20261123225709",
        step: Int = 0,
        progress: Double = 0.01
    ) -> String {
        """
        {"progress":\(running ? progress : 0),"eta_relative":1.5,"state":{"skipped":false,\
        "interrupted":\(interrupted),"stopping_generation":false,"job":"\(running ? "scripts_txt2img" : "")",\
        "job_count":\(running ? 1 : 0),"job_timestamp":"\(timestamp)","job_no":0,"sampling_step":\(step),\
        "sampling_steps":2},"current_image":null,"textinfo":null}
        """
    }

    static func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}
