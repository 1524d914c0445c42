import ForgeSimulator
import Foundation

extension ForgeSimulator {
    /// Opens a connection and sends a request; the answer is read with `answer()`.
    func begin(_ method: String, _ path: String, body: String? = nil, headers: [String: String] = [:]) throws
        -> RawConnection
    {
        let connection = try RawConnection(port: port)
        connection.send(Self.requestText(method, path, body: body, headers: headers))
        return connection
    }

    static func requestText(
        _ method: String,
        _ path: String,
        body: String? = nil,
        headers: [String: String] = [:]
    ) -> String {
        var lines = ["\(method) \(path) HTTP/1.1", "host: test"]
        var headers = headers
        if let body {
            headers["content-length"] = String(body.utf8.count)
            if headers["content-type"] == nil { headers["content-type"] = "application/json" }
        }
        for (name, value) in headers { lines.append("\(name): \(value)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    func call(_ method: String, _ path: String, body: String? = nil, headers: [String: String] = [:]) async throws
        -> RawAnswer
    {
        let connection = try begin(method, path, body: body, headers: headers)
        defer { connection.close() }
        return try await connection.answer(headOnly: method == "HEAD")
    }

    func txt2img(_ extra: String = "", steps: Int = 2, id: String? = nil) async throws -> RawAnswer {
        try await call("POST", "/sdapi/v1/txt2img", body: Self.body(extra, steps: steps, id: id))
    }

    static func body(_ extra: String = "", steps: Int = 2, id: String? = nil) -> String {
        let task = id.map { #", "force_task_id": "\#($0)""# } ?? ""
        let more = extra.isEmpty ? "" : ", " + extra
        return #"{"prompt": "a cat", "width": 64, "height": 64, "steps": \#(steps), "seed": 1\#(task)\#(more)}"#
    }

    func taskProgress(_ id: String) async throws -> [String: Any] {
        try await call("POST", "/internal/progress", body: #"{"id_task": "\#(id)"}"#).object()
    }

    func progressState() async throws -> [String: Any] {
        let answer = try await call("GET", "/sdapi/v1/progress?skip_current_image=true").object()
        return answer["state"] as? [String: Any] ?? [:]
    }
}

/// Polls until a condition holds.
/// - Throws: ``Overdue`` after ten seconds.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw Overdue(what: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}

struct Overdue: Error { let what: String }

func configured(_ change: (inout SimulatorConfiguration) -> Void) -> SimulatorConfiguration {
    var configuration = SimulatorConfiguration()
    configuration.stepTime = .milliseconds(1)
    change(&configuration)
    return configuration
}
