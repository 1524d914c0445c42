internal import Foundation
internal import ImageQueueCore

/// Reads the picture out of the body of a 200: a pure decision, made before anybody knows whether it was cut short.
struct PictureReading: Sendable {
    var task: DrawingTask
    var failures: FailureReading
    /// The names in the request that Forge did not know.
    var unknown: [UnknownName] = []

    /// What a 200 held.
    struct Reading: Sendable, Equatable {
        /// `nil`: Forge answered with none, which an interrupt during the model's loading leads to.
        var picture: DrawnImage?
        /// Names the job in `/sdapi/v1/progress`.
        var jobTimestamp: String?
    }

    /// - Throws: `GenerationError`: what the body says went wrong, else of class `malformed_answer`.
    func read(_ body: consuming Data) throws -> Reading {
        if case .upscale(let request) = task.request { return try read(body, as: request) }
        let answer: TextToImageAnswer
        do {
            answer = try JSONDecoder().decode(TextToImageAnswer.self, from: body)
        } catch {
            throw notJSON(body, error)
        }
        // Megabytes that the picture needs no more.
        body = Data()
        guard let text = answer.pictures.first else {
            return Reading(picture: nil, jobTimestamp: answer.info?.jobTimestamp)
        }
        let (bytes, file) = try picture(text)
        let info = answer.info
        let infotexts = info?.infotexts ?? []
        let infotext = infotexts.dropFirst(info?.indexOfFirstImage ?? 0).first ?? infotexts.first
        let picture = DrawnImage(
            bytes: bytes,
            format: file.format,
            width: file.width,
            height: file.height,
            seed: info?.firstSeed ?? task.seed.map { UInt64(clamping: $0) },
            // Of what Forge tells some hundred bytes are usual.
            infotext: infotext.map { String($0.unicodeScalars.prefix(16_384)) },
            warnings: task.request.drawing.map {
                Differences(
                    request: $0,
                    info: info,
                    infotext: infotext,
                    seed: task.seed,
                    file: file,
                    unknown: unknown
                ).sentences
            } ?? []
        )
        return Reading(picture: picture, jobTimestamp: info?.jobTimestamp)
    }

    private func read(_ body: Data, as request: UpscaleRequest) throws -> Reading {
        let answer: UpscaleAnswer
        do {
            answer = try JSONDecoder().decode(UpscaleAnswer.self, from: body)
        } catch {
            throw notJSON(body, error)
        }
        let (bytes, file) = try picture(answer.image)
        let asked = request.finishedSize
        let isAsAsked = (file.width, file.height) == asked
        let picture = DrawnImage(
            bytes: bytes,
            format: file.format,
            width: file.width,
            height: file.height,
            seed: nil,
            warnings: isAsAsked ? [] : [Differences.sizeSentence(file, asked: asked)]
        )
        return Reading(picture: picture, jobTimestamp: nil)
    }

    private func notJSON(_ body: Data, _ error: any Error) -> GenerationError {
        if let failure = ErrorBody(insteadOfPicture: body) { return failures.error(status: 200, body: failure) }
        let isPage = body.prefix(256).contains(UInt8(ascii: "<"))
        return failures.malformed(isPage ? "it is a web page" : "it is not the JSON of pictures", cause: error)
    }

    private func picture(_ text: String) throws -> (bytes: Data, file: ImageInspection) {
        guard let bytes = Self.bytes(of: text) else { throw failures.malformed("the picture is no base64") }
        guard let file = ImageInspection(bytes) else {
            throw failures.malformed("what came is no whole PNG, JPEG or WebP")
        }
        return (bytes, file)
    }

    /// Plain base64, or a data URL (RFC 2397).
    private static func bytes(of text: String) -> Data? {
        guard text.hasPrefix("data:") else { return Data(base64Encoded: text) }
        guard let comma = text.firstIndex(of: ","), text[..<comma].hasSuffix(";base64") else { return nil }
        return Data(base64Encoded: String(text[text.index(after: comma)...]))
    }
}
