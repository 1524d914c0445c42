internal import Foundation
internal import NIOCore

/// An answer, and the shapes in which Forge gives one.
struct HTTPResponse: Sendable {
    var status: Int
    /// Between `server` and `content-length`, where uvicorn puts them.
    var headers: [(name: String, value: String)] = []
    var contentType = "application/json"
    var body: ByteBuffer

    static func json(_ value: JSONValue, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, body: JSONWriter.answer.buffer(value))
    }

    /// A deliberate error of a handler, an unknown path or a wrong method.
    static func detail(_ status: Int, _ text: String) -> HTTPResponse {
        json(["detail": .string(text)], status: status)
    }

    /// A request that failed the validation.
    static func invalid(_ issues: [ValidationIssue]) -> HTTPResponse {
        json(["detail": .array(issues.map(\.json))], status: 422)
    }

    /// Any other exception of Python.
    static func exception(_ error: ForgeException) -> HTTPResponse {
        json(
            ["error": .string(error.name), "detail": "", "body": error.body, "message": .string(error.message)],
            status: error.status
        )
    }

    /// The head as uvicorn writes it.
    func head(keepsAlive: Bool, date: Date = Date()) -> String {
        var head = "HTTP/1.1 \(status) \(Self.reasons[status] ?? "Unknown")\r\n"
        head += "date: \(Self.httpDate(date))\r\nserver: uvicorn\r\n"
        for header in headers { head += "\(header.name): \(header.value)\r\n" }
        head += "content-length: \(body.readableBytes)\r\ncontent-type: \(contentType)\r\n"
        if !keepsAlive { head += "connection: close\r\n" }
        return head + "\r\n"
    }

    private static let reasons = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Request Entity Too Large",
        422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented",
        502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]

    /// IMF-fixdate of RFC 9110, 5.6.7.
    private static func httpDate(_ date: Date) -> String {
        let parts = LocalTime.components(of: date, in: TimeZone(secondsFromGMT: 0) ?? .current)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return days[parts.weekday - 1] + ", " + LocalTime.digits(parts.day, 2) + " " + months[parts.month - 1]
            + " \(parts.year) "
            + [parts.hour, parts.minute, parts.second].map { LocalTime.digits($0, 2) }
            .joined(separator: ":") + " GMT"
    }
}
