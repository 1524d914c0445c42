import Foundation
import Synchronization

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
                if let failure = plan.failure(for: image.size) {
                    // Forge forgets to end the job: progress stays at 1 until any other begins.
                    state.withLock { state in
                        state.progress.setJob("Upscale")
                        state.progress.setJobCount(1)
                        state.progress.nextJob()
                        state.progress.setTextInfo(textInfo)
                    }
                    return .exception(failure)
                }
                state.withLock { $0.progress.nextJob() }
            }
            state.withLock { $0.progress.end() }
            return try await draw { [padding] in
                let made = images.map { JSONValue.plain(plan.apply(to: $0, padding: padding)) }
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

/// What an upscaling does to an image.
struct UpscalePlan: Sendable {
    private let mode: Int
    private let factor: JSONValue
    private let width: Int
    private let height: Int
    private let crops: Bool
    private let first: String
    private let second: String

    init(fields: JSONObject) {
        mode = fields["resize_mode"]?.intValue.map { Int(clamping: $0) } ?? 0
        factor = fields["upscaling_resize"] ?? 2
        width = fields["upscaling_resize_w"]?.intValue.map { Int(clamping: $0) } ?? 512
        height = fields["upscaling_resize_h"]?.intValue.map { Int(clamping: $0) } ?? 512
        crops = fields["upscaling_crop"]?.boolValue ?? true
        first = fields["upscaler_1"]?.stringValue ?? "None"
        let visible = (fields["extras_upscaler_2_visibility"]?.doubleValue ?? 0) > 0
        second = visible ? fields["upscaler_2"]?.stringValue ?? "None" : "None"
    }

    private var changesNothing: Bool { first == "None" }

    func failure(for size: PNG.Size) -> ForgeException? {
        let known = Set((RecordedData.upscalers.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        if let unknown = [first, second].first(where: { !known.contains($0) }) {
            return ForgeException("AssertionError", "could not find upscaler named \(unknown)")
        }
        let target = target(of: size)
        if target.width < 1 || target.height < 1 { return ForgeException("ValueError", "height and width must be > 0") }
        return nil
    }

    private func target(of size: PNG.Size) -> PNG.Size {
        guard !changesNothing else { return size }
        if mode == 0 {
            let factor = factor.doubleValue ?? 2
            return PNG.Size(width: Int(Double(size.width) * factor), height: Int(Double(size.height) * factor))
        }
        if crops { return PNG.Size(width: width, height: height) }
        let factor = max(Double(width) / Double(max(1, size.width)), Double(height) / Double(max(1, size.height)))
        return PNG.Size(width: Int(Double(size.width) * factor), height: Int(Double(size.height) * factor))
    }

    var html: String {
        guard !changesNothing else { return "<p></p>" }
        var parts: [String] = []
        if mode == 0 {
            parts.append("Postprocess upscale by: \(JSONWriter.answer.string(factor))")
        } else {
            parts.append("Postprocess upscale to: \(width)x\(height)")
            if crops { parts.append("Postprocess crop to: \(width)x\(height)") }
        }
        parts.append("Postprocess upscaler: \(first)")
        if second != "None" { parts.append("Postprocess upscaler 2: \(second)") }
        return "<p>\(parts.joined(separator: ", "))</p>"
    }

    /// The file as base64; the text of the original is kept.
    func apply(to image: EncodedImage, padding: [UInt8]) -> String {
        guard !changesNothing else { return Data(image.bytes).base64EncodedString() }
        let target = target(of: image.size)
        let picture = Placeholder(
            width: target.width,
            height: target.height,
            prompt: "\(first) \(second) \(CRC32.sum(image.bytes))",
            seed: 0,
            stepsDone: 0,
            stepsAsked: 0,
            parameters: PNG.parameters(of: image.bytes)
        )
        return picture.base64(format: "png", padding: padding)
    }
}
