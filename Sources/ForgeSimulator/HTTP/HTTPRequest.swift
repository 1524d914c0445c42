internal import Foundation

/// A request as it came in, complete with its body.
struct HTTPRequest: Sendable {
    let method: String
    /// Without the query.
    let path: String
    /// Behind the question mark, still escaped.
    let query: String
    /// Names in lower case, in order.
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    let keepsAlive: Bool
    /// When its head had come.
    var began = ContinuousClock.now

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The first value of a query parameter, with the escapes resolved.
    func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.first.map(String.init) == name else { continue }
            let value = parts.count > 1 ? String(parts[1]).replacing("+", with: " ") : ""
            return value.removingPercentEncoding ?? value
        }
        return nil
    }

    /// Whether FastAPI would read the body as JSON: `application/json` or `application/*+json`.
    var isJSON: Bool {
        guard let type = header("content-type")?.split(separator: ";").first?.lowercased() else { return false }
        let trimmed = type.filter { !$0.isWhitespace }
        return trimmed == "application/json" || (trimmed.hasPrefix("application/") && trimmed.hasSuffix("+json"))
    }
}
