internal import Foundation
internal import ImageQueueConcurrency
internal import NIOCore

/// What answers one method of one path.
struct Route: Sendable {
    enum Protection {
        case open, basicAuth
    }

    let protection: Protection
    /// `nil` where no body is read.
    var schema: Schema?
    /// Whether it needs one of the worker threads, as all but Forge's asynchronous routes do.
    var takesWorker = true
    let handle: @Sendable (Forge, HTTPRequest, JSONObject, Disturbance) async throws -> HTTPResponse
}

extension Forge {
    /// The routes of a mode by path and method.
    static func routes(of mode: SimulatorConfiguration.Mode) -> [String: [String: Route]] {
        var routes = apiRoutes
        if mode == .webui { routes.merge(webRoutes) { own, _ in own } }
        return routes
    }

    private static func get(_ value: JSONValue) -> [String: Route] {
        ["GET": Route(protection: .basicAuth) { _, _, _, _ in .json(value) }]
    }

    private static func post(
        _ schema: Schema? = nil,
        _ handle: @escaping @Sendable (Forge, JSONObject, Disturbance) async throws -> HTTPResponse
    ) -> [String: Route] {
        ["POST": Route(protection: .basicAuth, schema: schema) { try await handle($0, $2, $3) }]
    }

    private static let apiRoutes: [String: [String: Route]] = {
        let api: [String: [String: Route]] = [
            "txt2img": post(.txt2img) {
                try await $0.generate(GenerationRequest(kind: .txt2img, fields: $1), disturbance: $2)
            },
            "img2img": post(.img2img) {
                try await $0.generate(GenerationRequest(kind: .img2img, fields: $1), disturbance: $2)
            },
            "extra-single-image": post(.extraSingleImage) { forge, fields, _ in try await forge.upscaleOne(fields) },
            "extra-batch-images": post(.extraBatchImages) { forge, fields, _ in try await forge.upscaleMany(fields) },
            "png-info": post(.pngInfo) { forge, fields, _ in forge.describe(fields) },
            "progress": [
                "GET": Route(protection: .basicAuth) { forge, request, _, _ in try await forge.progress(request) }
            ],
            "interrupt": post { forge, _, _ in
                forge.interrupt()
                return .json([:])
            },
            "skip": post { forge, _, _ in
                forge.skip()
                return .json(.null)
            },
            "options": [
                "GET": Route(protection: .basicAuth) { forge, _, _, _ in forge.state.withLock(\.options.response) },
                "POST": Route(protection: .basicAuth, schema: Schema(fields: [])) { forge, request, _, _ in
                    forge.setOptions(request)
                },
            ],
            "sd-models": ["GET": Route(protection: .basicAuth) { forge, _, _, _ in forge.listModels() }],
            "cmd-flags": [
                "GET": Route(protection: .basicAuth) { _, _, _, _ in .json(RecordedData.commandFlags, status: 500) }
            ],
            "loras": ["GET": Route(protection: .open) { _, _, _, _ in .json([]) }],
            "refresh-checkpoints": post { forge, _, _ in try await forge.queue.withPermit { .json(.null) } },
            "unload-checkpoint": post { forge, _, _ in
                forge.state.withLock { $0.shelf.unload() }
                return .json([:])
            },
            "reload-checkpoint": post { _, _, _ in .json([:]) },
            "samplers": get(RecordedData.samplers),
            "schedulers": get(RecordedData.schedulers),
            "upscalers": get(RecordedData.upscalers),
            "latent-upscale-modes": get(RecordedData.latentUpscaleModes),
            "scripts": get(RecordedData.scripts),
            "memory": get(RecordedData.memory),
            "sd-modules": get([]),
            "embeddings": get(["loaded": [:], "skipped": [:]]),
        ]
        return Dictionary(uniqueKeysWithValues: api.map { ("/sdapi/v1/" + $0.key, $0.value) })
    }()

    private static let webRoutes: [String: [String: Route]] = [
        "/": [
            "GET": Route(protection: .open, takesWorker: false) { _, _, _, _ in
                let page =
                    "<!doctype html><title>Stable Diffusion</title><p>Simulated Forge: no pictures here are real."
                return HTTPResponse(
                    status: 200,
                    contentType: "text/html; charset=utf-8",
                    body: ByteBuffer(string: page)
                )
            }
        ],
        "/internal/ping": ["GET": Route(protection: .open) { _, _, _, _ in .json([:]) }],
        "/internal/sysinfo": [
            "GET": Route(protection: .open) { _, _, _, _ in .systemInformation }
        ],
        "/internal/pending-tasks": [
            "GET": Route(protection: .open) { forge, _, _, _ in
                let pending = forge.state.withLock(\.tasks.pending)
                return .json(["size": JSONValue(pending.count), "tasks": .array(pending.map { .string($0) })])
            }
        ],
        "/internal/progress": [
            "POST": Route(protection: .open, schema: .taskProgress) { forge, _, fields, _ in
                try await forge.taskProgress(fields)
            }
        ],
    ]

    private func listModels() -> HTTPResponse {
        let shelf = state.withLock(\.shelf)
        let models = shelf.models.map { model -> JSONValue in
            let isHashed = shelf.isHashed(model) && !model.isBroken
            return [
                "title": .string(isHashed ? model.title : model.fileName), "model_name": .string(model.name),
                "hash": isHashed ? .string(model.hash) : .null, "sha256": isHashed ? .string(model.sha256) : .null,
                "filename": .string(model.path), "config": .null,
            ]
        }
        return .json(.array(models))
    }

    private func setOptions(_ request: HTTPRequest) -> HTTPResponse {
        guard case .object(let values)? = try? JSONParser.parse(request.body) else { return .json(.null) }
        return state.withLock { state in
            if let name = values["sd_model_checkpoint"]?.stringValue {
                guard state.shelf.model(named: name) != nil else {
                    return .exception(ForgeException("RuntimeError", "model '\(name)' not found"))
                }
            }
            for member in values.members {
                guard state.options.has(member.key) else {
                    return .exception(ForgeException("KeyError", "'\(member.key)'"))
                }
                if member.key == "sd_model_checkpoint", let name = member.value.stringValue {
                    state.selectModel(name)
                } else {
                    state.options[member.key] = member.value
                }
            }
            return .json(.null)
        }
    }
}

extension HTTPResponse {
    /// A report for people, which is JSON but not called so. The fields and their order are those of Forge's
    /// `modules/sysinfo.py`; the version is the recorded one.
    fileprivate static var systemInformation: HTTPResponse {
        let report: JSONValue = [
            "Platform": "Linux", "Python": "3.11.7", "Version": .string(GenerationResult.version),
            "Commit": "dfdcbab685e57677014f05a3309b48cc87383167", "Git status": "", "Script path": "/srv/forge",
            "Data path": "/srv/forge", "Extensions dir": "/srv/forge/extensions", "Extensions": [],
            "Inactive extensions": [],
        ]
        var response = HTTPResponse.json(report)
        response.contentType = "text/plain; charset=utf-8"
        response.headers = [("content-disposition", #"inline; filename="sysinfo.json""#)]
        return response
    }
}
