internal import Foundation
internal import ImageQueueConcurrency

extension Forge {
    /// `GET /sdapi/v1/progress`: about whatever runs now.
    func progress(_ request: HTTPRequest) async throws -> HTTPResponse {
        var skipsImage = false
        if let text = request.parameter("skip_current_image") {
            switch FieldType.boolean(.string(text)) {
            case .success(let value): skipsImage = value.boolValue ?? false
            case .failure(let refusal):
                return .invalid([
                    ValidationIssue(
                        type: refusal.type,
                        location: ["query", "skip_current_image"],
                        message: refusal.message,
                        input: .string(text)
                    )
                ])
            }
        }
        let (progress, start) = state.withLock { ($0.progress, $0.jobStart) }
        let image = skipsImage ? nil : try await preview(of: progress)
        return .json([
            "progress": .double(progress.apiProgress),
            "eta_relative": .double(progress.apiETA(elapsed: Self.seconds(since: start))),
            "state": [
                "skipped": .bool(progress.skipped), "interrupted": .bool(progress.interrupted),
                "stopping_generation": false, "job": .string(progress.job), "job_count": JSONValue(progress.jobCount),
                "job_timestamp": .string(progress.jobTimestamp), "job_no": JSONValue(progress.jobNumber),
                "sampling_step": JSONValue(progress.samplingStep), "sampling_steps": JSONValue(progress.samplingSteps),
            ],
            "current_image": image.map { .base64($0) } ?? .null,
            "textinfo": JSONValue(progress.textInfo),
        ])
    }

    /// `POST /internal/progress`: about one task.
    func taskProgress(_ fields: JSONObject) async throws -> HTTPResponse {
        let id = fields["id_task"]?.stringValue
        let (tasks, progress, start) = state.withLock { ($0.tasks, $0.progress, $0.jobStart) }
        let known = tasks.state(of: id)
        let lastPreview = fields["id_live_preview"] ?? -1
        var answer: JSONObject = [
            "active": .bool(known == .active), "queued": .bool(tasks.isQueued(id)),
            "completed": .bool(tasks.isFinished(id)), "progress": .null, "eta": .null, "live_preview": .null,
            "id_live_preview": -1, "textinfo": "Waiting...",
        ]
        if known == .active {
            guard progress.jobTimestamp != "0" else {
                // No id, on a server that never had a job: it subtracts from a start that is None.
                let message = "unsupported operand type(s) for -: 'float' and 'NoneType'"
                return .exception(ForgeException("TypeError", message))
            }
            answer["progress"] = .double(progress.taskProgress)
            answer["eta"] = JSONValue(progress.taskETA(elapsed: Self.seconds(since: start)))
            answer["textinfo"] = JSONValue(progress.textInfo)
            answer["id_live_preview"] = lastPreview
            if fields["live_preview"]?.boolValue ?? true, lastPreview != JSONValue(progress.previewID),
                let image = try await preview(of: progress)
            {
                answer["live_preview"] = .string("data:image/png;base64," + Base64.text(image))
                answer["id_live_preview"] = JSONValue(progress.previewID)
            }
        } else if case .queued(let place, let count) = known {
            answer["textinfo"] = .string("In queue: \(place)/\(count)")
        }
        return .json(.object(answer))
    }

    /// The newest preview, a small rough picture; none before step 10.
    private func preview(of progress: ProgressState) async throws -> PictureFile? {
        guard let step = progress.previewStep else { return nil }
        let picture = Placeholder(
            width: 64,
            height: 64,
            prompt: progress.jobTimestamp,
            seed: Int128(progress.jobNumber),
            stepsDone: step,
            stepsAsked: progress.samplingSteps
        )
        return try await draw { picture.file() }
    }
}
