internal import Foundation

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
        width = fields["upscaling_resize_w"]?.boundedInt ?? 512
        height = fields["upscaling_resize_h"]?.boundedInt ?? 512
        crops = fields["upscaling_crop"]?.boolValue ?? true
        first = fields["upscaler_1"]?.stringValue ?? "None"
        let visible = (fields["extras_upscaler_2_visibility"]?.doubleValue ?? 0) > 0
        second = visible ? fields["upscaler_2"]?.stringValue ?? "None" : "None"
    }

    private var changesNothing: Bool { first == "None" }

    func failure(for size: PNG.Size, pixelLimit: Int) -> ForgeException? {
        let known = Set((RecordedData.upscalers.arrayValue ?? []).compactMap { $0["name"]?.stringValue })
        if let unknown = [first, second].first(where: { !known.contains($0) }) {
            return ForgeException("AssertionError", "could not find upscaler named \(unknown)")
        }
        let target = target(of: size)
        if target.width < 1 || target.height < 1 { return ForgeException("ValueError", "height and width must be > 0") }
        let pixels = target.width.multipliedReportingOverflow(by: target.height)
        if pixels.overflow || pixels.partialValue > pixelLimit {
            return .noMemory
        }
        return nil
    }

    private func target(of size: PNG.Size) -> PNG.Size {
        guard !changesNothing else { return size }
        if mode == 0 {
            let factor = factor.finiteValue ?? 2
            return Self.scaled(size, by: factor)
        }
        if crops { return PNG.Size(width: width, height: height) }
        let factor = max(Double(width) / Double(max(1, size.width)), Double(height) / Double(max(1, size.height)))
        return Self.scaled(size, by: factor)
    }

    /// Who really does it: what is listed by an address has no weights here, as on the recorded Forge,
    /// and resizes plainly.
    private static func worker(_ name: String) -> String {
        let entry = RecordedData.upscalers.arrayValue?.first { $0["name"]?.stringValue == name }
        return entry?["model_path"]?.stringValue == nil ? name : "Lanczos"
    }

    /// Forge rounds each side down to a multiple of 8 (`modules/upscaler.py`).
    private static func scaled(_ size: PNG.Size, by factor: Double) -> PNG.Size {
        func side(_ pixels: Int) -> Int { Int(min(max(Double(pixels) * factor, 0), 1e9)) / 8 * 8 }
        return PNG.Size(width: side(size.width), height: side(size.height))
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

    /// The file; the text of the original is kept.
    func apply(to image: EncodedImage, padding: Padding?) -> PictureFile {
        guard !changesNothing else { return PictureFile(bytes: image.bytes) }
        let target = target(of: image.size)
        let picture = Placeholder(
            width: target.width,
            height: target.height,
            prompt: "\(Self.worker(first)) \(Self.worker(second)) \(CRC32.sum(image.bytes))",
            seed: 0,
            stepsDone: 0,
            stepsAsked: 0,
            parameters: PNG.parameters(of: image.bytes)
        )
        return picture.file(padding: padding)
    }
}
