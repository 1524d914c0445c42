/// The body of a request as FastAPI sees it.
enum ParsedBody: Sendable {
    case none
    case json(JSONValue)
    case malformed(JSONSyntaxError)

    init(_ request: HTTPRequest) {
        guard !request.body.isEmpty else {
            self = .none
            return
        }
        guard request.isJSON else {
            // FastAPI hands on the bytes, and pydantic then misses an object.
            self = .json(.string(String(decoding: request.body, as: UTF8.self)))
            return
        }
        do throws(JSONSyntaxError) {
            self = .json(try JSONParser.parse(request.body))
        } catch {
            self = .malformed(error)
        }
    }

    var json: JSONValue? {
        if case .json(let value) = self { value } else { nil }
    }

    /// The task that the request speaks of.
    var taskID: String? { json?["force_task_id"]?.stringValue ?? json?["id_task"]?.stringValue }
}
