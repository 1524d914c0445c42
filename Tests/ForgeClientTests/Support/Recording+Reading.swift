import Foundation
import ImageQueueCore

@testable import ForgeClient

extension Recording {
    /// The path without its query.
    var plainPath: String { path.split(separator: "?").first.map(String.init) ?? path }

    /// The endpoint that this client asks there, if it does.
    var endpoint: ForgeRequest.Endpoint? {
        ForgeRequest.Endpoint.allCases.first { $0.path.hasPrefix(plainPath + "?") || $0.path == plainPath }
    }

    private var failures: FailureReading {
        FailureReading(address: .usual, endpoint: endpoint ?? .progress, model: task.request.model)
    }

    /// What this client makes of an answer, in the words of `Answers.txt`.
    func reading(of result: Result<ForgeAnswer, TransportError>) -> String {
        do {
            let answer = try result.get()
            guard answer.status == 200 else {
                return failures.error(status: answer.status, body: ErrorBody(answer.body)).failureClass.description
            }
            return try value(of: answer.body)
        } catch let error as TransportError {
            return failures.error(error).failureClass.description
        } catch let error as GenerationError {
            return error.failureClass.description
        } catch {
            return "malformed_answer"
        }
    }

    private func value(of body: Data) throws -> String {
        let decoder = JSONDecoder()
        switch plainPath {
        case "/sdapi/v1/txt2img", "/sdapi/v1/img2img": return try picture(in: body)
        case "/internal/progress":
            let task = try decoder.decode(TaskProgress.self, from: body)
            let states = [("active", task.isActive), ("queued", task.isQueued), ("completed", task.isCompleted)]
            let words = states.filter(\.1).map(\.0).joined(separator: " and ")
            return "task \(words.isEmpty ? "unknown" : words)" + (task.progress.map { " at \($0)" } ?? "")
        case "/sdapi/v1/progress":
            let server = try decoder.decode(ServerProgress.self, from: body)
            return (server.isIdle ? "server idle" : "server running at \(server.progress)")
                + (server.wasCutShort ? ", cut short" : "") + ", job \(server.state.jobTimestamp ?? "")"
        case "/sdapi/v1/sd-models":
            let names = try decoder.decode(LenientList<ModelEntry>.self, from: body).entries.map(\.name)
            return "models \(names.isEmpty ? "none" : names.joined(separator: " "))"
        case "/sdapi/v1/options" where method == "GET":
            return "checkpoint \(try decoder.decode(OptionsAnswer.self, from: body).checkpoint ?? "")"
        case "/sdapi/v1/interrupt", "/sdapi/v1/unload-checkpoint": return "done"
        case "/sdapi/v1/extra-single-image": return try upscaled(in: body)
        case "/sdapi/v1/samplers", "/sdapi/v1/schedulers", "/sdapi/v1/upscalers", "/sdapi/v1/latent-upscale-modes":
            let names = try decoder.decode(LenientList<NameEntry>.self, from: body).entries.map(\.name)
            let kind = plainPath.split(separator: "/").last ?? ""
            return "\(kind) \(names.count) from \(names.first ?? "") to \(names.last ?? "")"
        default: return try other(decoder.decode(JSONValue.self, from: body))
        }
    }

    private func picture(in body: Data) throws -> String {
        let reading = try PictureReading(task: task, failures: failures).read(body)
        let job = "job \(reading.jobTimestamp ?? "")"
        guard let picture = reading.picture else { return "no picture, \(job)" }
        let info = try JSONDecoder().decode(TextToImageAnswer.self, from: body).info
        let subjects = [
            ("sampler", "with sampler"), ("schedule", "with schedule"), ("model", "with model"), ("size", "pixels"),
        ]
        let warned = picture.warnings.map { warning in
            subjects.first { warning.contains($0.1) }?.0 ?? warning
        }
        let parts = [
            "\(picture.format) \(picture.width)x\(picture.height)", "\(picture.bytes.count) bytes",
            "seed \(picture.seed.map(String.init) ?? "unknown")",
            "sampler \(info?.samplerName ?? "")", "model \(info?.modelName ?? "")", job,
        ]
        return parts.joined(separator: ", ")
            + (warned.isEmpty ? "" : ", warned of \(warned.joined(separator: " and "))")
    }

    private struct UpscaledAnswer: Decodable { var image: Data }

    private func upscaled(in body: Data) throws -> String {
        let bytes = try JSONDecoder().decode(UpscaledAnswer.self, from: body).image
        guard let file = ImageInspection(bytes) else { throw failures.malformed("it is no picture") }
        return "\(file.format) \(file.width)x\(file.height), \(bytes.count) bytes"
    }

    /// What nobody asks for yet is at least JSON.
    private func other(_ value: JSONValue) -> String {
        switch value {
        case .object(let fields): "unused object of \(fields.count)"
        case .array(let items): "unused array of \(items.count)"
        case .null: "unused null"
        default: "unused \(value)"
        }
    }
}
