internal import Foundation
internal import ImageQueueCore

/// Reads what kind of failure an answer or a broken connection is: a pure decision.
struct FailureReading: Sendable {
    var address: ForgeAddress
    var endpoint: ForgeRequest.Endpoint
    /// The checkpoint that was asked for: a broken one is then the request's fault.
    var model: String?

    private var url: String { address.text + (endpoint.path.split(separator: "?").first.map(String.init) ?? "") }

    /// An answer that is no picture, by its status and its body.
    func error(status: Int, location: String? = nil, body: ErrorBody) -> GenerationError {
        let remark = body.remark.isEmpty ? "" : " It says: \(body.remark)"
        func make(_ failureClass: GenerationError.FailureClass, _ sentence: String) -> GenerationError {
            GenerationError(failureClass, message: sentence + remark)
        }
        // A handler's own 404, not a missing path (FORGE.md, sections 2 and 10).
        if status == 404, Self.missingInput.contains(body.text) {
            return make(.rejectedInput, "Forge refused the request (404).")
        }
        switch status {
        case 300...399:
            let target = location.map { " to \(MessageText.clean($0, limit: 200))" } ?? ""
            return make(.unavailable, "\(url) redirects\(target): give the final URL as the backend's.")
        case 401, 403, 407:
            return make(
                .unauthorized,
                "Forge at \(address.text) refuses the user name or password (\(status)): check the credentials."
            )
        case 404, 405:
            return make(
                .notReady,
                "\(url) is not there (\(status)): Forge is still starting, or runs without --api."
            )
        case 408:
            return make(.timedOut, "A server before Forge gave up waiting at \(url) (408).")
        case 429, 503:
            return make(.notReady, "\(url) takes no requests now (\(status)): it is tried again later.")
        case 502, 504, 520...527, 530:
            if !endpoint.isGeneration, ForgeAnswer.isNobodyBehindProxy(status) {
                return make(.unavailable, "A proxy before Forge does not reach it (\(url): \(status)): is it running?")
            }
            return make(
                .connectionLost,
                "A proxy before Forge lost the request to \(url) (\(status)): raise its time-out above the drawing time."
            )
        case 400...499:
            return make(.rejectedInput, "Forge refused the request (\(status)).")
        default:
            return serverError(status, body: body, remark: remark)
        }
    }

    /// No answer.
    func error(_ failure: TransportError) -> GenerationError {
        let said = failure.detail.isEmpty ? "" : " (\(failure.detail))"
        return switch failure.kind {
        case .cannotConnect:
            GenerationError(
                .unavailable,
                message: "Forge at \(address.text) can't be reached\(said): is it running, and is the URL right?",
                cause: failure
            )
        case .connectionLost:
            GenerationError(
                .connectionLost,
                message: "The connection to \(url) broke before the answer was there\(said).",
                cause: failure
            )
        case .timedOut:
            GenerationError(.timedOut, message: "\(url) did not answer in time.", cause: failure)
        case .tooLarge where endpoint.isGeneration:
            // Drawn again it would be as large.
            GenerationError(
                .rejectedInput,
                message: "The picture of \(url) is too large to be taken\(said): ask for fewer pixels.",
                cause: failure
            )
        case .tooLarge:
            GenerationError(.malformedAnswer, message: "The answer of \(url) is no picture\(said).", cause: failure)
        }
    }

    /// A 200 whose body does not come.
    var lostOnItsWay: GenerationError {
        GenerationError(
            .connectionLost,
            message: "Forge at \(address.text) has drawn the picture, but it did not arrive in time."
        )
    }

    /// A 200 that can't be read.
    func malformed(_ complaint: String, cause: (any Error)? = nil) -> GenerationError {
        GenerationError(
            .malformedAnswer,
            message: "The answer of \(url) can't be used: \(complaint). Is it a Forge?",
            cause: cause
        )
    }

    /// Client mistakes come as 500 as well, so the text decides (FORGE.md, section 2).
    private func serverError(_ status: Int, body: ErrorBody, remark: String) -> GenerationError {
        let text = (body.className.map { "\($0): " } ?? "") + body.text
        func says(_ phrases: [String]) -> Bool {
            phrases.contains { text.range(of: $0, options: .caseInsensitive) != nil }
        }
        if says(Self.outOfMemory) {
            return GenerationError(
                .outOfMemory,
                message: "The memory of Forge's machine did not suffice: a smaller picture may do.\(remark)"
            )
        }
        if says(Self.rejectedInput) {
            return GenerationError(.rejectedInput, message: "Forge can't draw what was asked.\(remark)")
        }
        if says(["You do not have any model"]) {
            return GenerationError(
                .notReady,
                message: "Forge at \(address.text) has no checkpoint: put one in its folder and restart it.\(remark)"
            )
        }
        if says(["Failed to recognize model type"]) {
            // It also breaks the model loaded before (FORGE.md, section 4): trying again would do so again.
            guard let model else {
                return GenerationError(.modelBroken, message: "Forge can't load its checkpoint.\(remark)")
            }
            return GenerationError(
                .rejectedInput,
                message: "Forge can't load the checkpoint “\(MessageText.clean(model, limit: 100))”.\(remark)",
                cause: BrokenModel(name: model)
            )
        }
        if says(["has no attribute 'sd_checkpoint_info'"]) {
            return GenerationError(
                .modelBroken,
                message:
                    "Forge lost its model after loading a broken one: restart it, or draw once with another.\(remark)",
                cause: LostModel()
            )
        }
        return GenerationError(.backendFailed, message: "Forge failed (\(status)).\(remark)")
    }

    private static let outOfMemory = [
        "OutOfMemory", "out of memory", "can't allocate memory", "Cannot allocate memory", "Allocation on device",
        "not enough memory",
    ]

    private static let rejectedInput = [
        "Invalid encoded image", "height and width must be > 0", "could not find upscaler",
        "number of steps must be non-negative",
        "with negative dimension", "padded input size per channel", "Output size is too small",
        "expected input[", "Sizes of tensors must match", "Request to local resource not allowed",
        "Could not find checkpoint with name",
    ]

    private static let missingInput = ["Init image not found", "Model not found"]
}

/// The cause of a failure: the checkpoint that a request named can't be loaded.
struct BrokenModel: Error, Equatable {
    var name: String
}

/// The cause of a failure: Forge has dropped its model for one that it could not load,
/// and believes that it still has it.
struct LostModel: Error, Equatable {}
