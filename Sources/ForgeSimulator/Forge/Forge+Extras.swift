internal import Foundation
internal import ImageQueueConcurrency

extension Forge {
    /// `POST /sdapi/v1/extra-single-image`.
    func upscaleOne(_ fields: JSONObject) async throws -> HTTPResponse {
        switch EncodedImage.decode(fields["image"]?.stringValue ?? "") {
        case .failure(let error): return error.response
        case .success(let image):
            return try await upscale([image], fields, textInfo: nil) { html, images in
                ["html_info": .string(html), "image": images.first ?? ""]
            }
        }
    }

    /// `POST /sdapi/v1/extra-batch-images`: one bad image fails all.
    func upscaleMany(_ fields: JSONObject) async throws -> HTTPResponse {
        var images: [EncodedImage] = []
        var issues: [ValidationIssue] = []
        for (index, item) in (fields["imageList"]?.arrayValue ?? []).enumerated() {
            for key in ["data", "name"] where item[key]?.stringValue == nil {
                issues.append(
                    ValidationIssue(
                        type: "missing",
                        location: ["body", "imageList", JSONValue(index), .string(key)],
                        message: "Field required",
                        input: item
                    )
                )
            }
        }
        guard issues.isEmpty else { return .invalid(issues) }
        for item in fields["imageList"]?.arrayValue ?? [] {
            switch EncodedImage.decode(item["data"]?.stringValue ?? "") {
            case .failure(let error): return error.response
            case .success(let image): images.append(image)
            }
        }
        return try await upscale(images, fields, textInfo: "") { html, images in
            ["html_info": .string(html), "images": .array(images)]
        }
    }

    private func upscale(
        _ images: [EncodedImage],
        _ fields: JSONObject,
        textInfo: String?,
        answer: @escaping @Sendable (String, [JSONValue]) -> JSONValue
    ) async throws -> HTTPResponse {
        let plan = UpscalePlan(fields: fields)
        return try await queue.withPermit { () async throws -> HTTPResponse in
            state.withLock { state in
                state.progress.begin(job: "extras", timestamp: LocalTime.jobTimestamp())
                state.jobStart = .now
            }
            for image in images {
                state.withLock { state in
                    state.progress.setJob("Upscale")
                    state.progress.setJobCount(1)
                    state.progress.nextJob()
                    state.progress.setTextInfo(textInfo)
                }
                // Forge forgets to end the job: progress stays at 1 until any other begins.
                if let failure = plan.failure(for: image.size, pixelLimit: configuration.pixelLimit) {
                    return .exception(failure)
                }
                try await sleep(configuration.stepTime)
            }
            defer { state.withLock { $0.progress.end() } }
            return try await draw { [padding] in
                let made = images.map { JSONValue.base64(plan.apply(to: $0, padding: padding)) }
                return .json(answer(made.isEmpty ? "<p></p>" : plan.html, made))
            }
        }
    }

    /// `POST /sdapi/v1/png-info`.
    func describe(_ fields: JSONObject) -> HTTPResponse {
        guard case .success(let image) = EncodedImage.decode(fields["image"]?.stringValue ?? "") else {
            return EncodedImage.Failure.invalid.response
        }
        let text = PNG.parameters(of: image.bytes)
        return .json([
            "info": .string(text ?? ""), "items": [:],
            "parameters": text.map { .object(Infotext.parse($0)) } ?? [:],
        ])
    }
}
