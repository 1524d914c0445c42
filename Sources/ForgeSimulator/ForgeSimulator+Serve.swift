internal import Foundation
internal import ImageQueueConcurrency
internal import NIOCore

extension ForgeSimulator {
    /// What is sent in the end.
    private enum Delivery {
        case whole(HTTPResponse)
        case cutInHead(HTTPResponse)
        case cutInBody(HTTPResponse)
        case close
        case reset
    }

    /// Answers the requests of one connection, one after the other.
    func serve(_ connection: Connection, with forge: Forge) async {
        var answered = 0
        for await request in connection.requests {
            guard await answer(request, on: connection, with: forge) else { break }
            answered += 1
            connection.closeWhenIdle(
                for: configuration.keepAlive ?? (configuration.mode == .webui ? .seconds(5) : .seconds(30)),
                after: answered
            )
        }
        connection.close()
    }

    /// - Returns: Whether the connection is kept.
    private func answer(_ request: HTTPRequest, on connection: Connection, with forge: Forge) async -> Bool {
        let body = ParsedBody(request)
        let record = journal.arrive(request, taskID: body.taskID)
        let effect = state.withLock { state in
            state.faults.effect(for: request.path, uptime: state.lifeStart.duration(to: .now))
        }
        if let effect { journal.note(record) { $0.fault = effect.description } }
        do {
            let delivery = try await delivery(for: request, body, effect: effect, with: forge)
            journal.ready(record)
            return await send(delivery, to: request, on: connection, record: record)
        } catch {
            // Only cancellation gets here: the server stops or dies, and its connections with it.
            journal.close(record) { _ in }
            connection.reset()
            return false
        }
    }

    private func delivery(
        for request: HTTPRequest,
        _ body: ParsedBody,
        effect: Fault.Effect?,
        with forge: Forge
    ) async throws -> Delivery {
        let isGeneration = Fault.Endpoint.generation.matches(request.path)
        var disturbance = Disturbance()
        switch effect?.kind {
        case .reset: return .reset
        case .hang:
            // No answer ever: the end of the connection, or of the simulator, cancels this.
            while true { try await Task.sleep(for: .seconds(3600)) }
        case .refuse(let duration):
            breakDown(.refusal(duration))
            return .reset
        case .restart(let downtime):
            guard isGeneration else {
                breakDown(.restart(downtime))
                return .reset
            }
            disturbance.midway = { self.breakDown(.restart(downtime)) }
        case .startUp: return .whole(.detail(404, "Not Found"))
        case .detail(let status, let text): return .whole(.detail(status, text))
        case .validation(let message):
            let issue = ValidationIssue(
                type: "value_error",
                location: ["body"],
                message: message,
                input: body.json ?? .null
            )
            return .whole(.invalid([issue]))
        case .exception(let status, let name, let message):
            let failure = ForgeException(name, message, status: status)
            guard isGeneration else { return .whole(.exception(failure)) }
            disturbance.failure = failure
        case .outOfMemory:
            guard isGeneration else { return .whole(.exception(Forge.outOfMemory)) }
            disturbance.runsOutOfMemory = true
        default: break
        }
        var response = try await response(to: request, body, disturbance: disturbance, with: forge)
        switch effect?.kind {
        case .delay(let duration):
            try await forge.sleep(duration)
            return .whole(response)
        case .drop: return .close
        case .dropInHead: return .cutInHead(response)
        case .dropInBody: return .cutInBody(response)
        case .garbage:
            response.body = ByteBuffer(string: #"{"images": [nonsense"#)
            return .whole(response)
        case .html:
            response.contentType = "text/html; charset=utf-8"
            response.body = ByteBuffer(string: "<!doctype html><title>Please wait</title><p>The server is waking up.")
            return .whole(response)
        case .noPictures:
            let body = Array(response.body.readableBytesView)
            guard case .object(var object)? = try? JSONParser.parse(body) else { return .whole(response) }
            if object["images"] != nil { object["images"] = [] }
            return .whole(.json(.object(object), status: response.status))
        default: return .whole(response)
        }
    }

    /// What Forge answers, in the order of FastAPI: path, method, syntax, credentials, types, handler.
    private func response(
        to request: HTTPRequest,
        _ body: ParsedBody,
        disturbance: Disturbance,
        with forge: Forge
    ) async throws -> HTTPResponse {
        guard let methods = routes[request.path] else { return .detail(404, "Not Found") }
        if let preflight = request.preflightAnswer { return preflight }
        guard let route = methods[request.method] else {
            var refusal = HTTPResponse.detail(405, "Method Not Allowed")
            refusal.headers = [("allow", methods.keys.sorted().joined(separator: ", "))]
            return refusal
        }
        if route.schema != nil, case .malformed(let error) = body {
            return .invalid([
                ValidationIssue(
                    type: "json_invalid",
                    location: ["body", JSONValue(error.offset)],
                    message: "JSON decode error",
                    input: [:],
                    context: ["error": .string(error.message)],
                    hasURL: false
                )
            ])
        }
        if case .basicAuth = route.protection, let credentials = configuration.auth {
            // The check itself runs on a worker thread.
            let refusal = try await forge.workers.withPermit { request.refusal(without: credentials) }
            if let refusal { return refusal }
        }
        var fields: JSONObject = [:]
        if let schema = route.schema {
            guard let json = body.json else {
                let issue = ValidationIssue(
                    type: "missing",
                    location: ["body"],
                    message: "Field required",
                    input: .null
                )
                return .invalid([issue])
            }
            switch schema.check(json) {
            case .valid(let checked): fields = checked
            case .invalid(let issues): return .invalid(issues)
            }
        }
        guard route.takesWorker else { return try await route.handle(forge, request, fields, disturbance) }
        return try await forge.workers.withPermit { () async throws -> HTTPResponse in
            try await route.handle(forge, request, fields, disturbance)
        }
    }

    private func send(
        _ delivery: Delivery,
        to request: HTTPRequest,
        on connection: Connection,
        record: Int
    ) async -> Bool {
        switch delivery {
        case .reset:
            connection.reset()
            journal.close(record) { _ in }
            return false
        case .close:
            connection.close()
            journal.close(record) { _ in }
            return false
        case .whole(let response), .cutInHead(let response), .cutInBody(let response):
            var head = Array(response.head(keepsAlive: request.keepsAlive).utf8)
            var body = ByteBuffer()
            var keeps = request.keepsAlive
            switch delivery {
            case .cutInHead:
                head.removeLast(head.count / 2)
                keeps = false
            case .cutInBody:
                body = response.body.getSlice(at: 0, length: response.body.readableBytes / 2) ?? body
                keeps = false
            default:
                if request.method != "HEAD" { body = response.body }
            }
            var clientWasGone = false
            do { try await connection.write(head, body) } catch { clientWasGone = true }
            if !keeps { connection.close() }
            journal.close(record) { record in
                record.status = response.status
                record.answerBytes = response.body.readableBytes
                record.clientWasGone = clientWasGone
            }
            return keeps && !clientWasGone
        }
    }
}
