internal import Foundation
internal import ImageQueueCore

/// A Forge's base URL in its one normal form, and the URLs below it.
struct ForgeAddress: Sendable, Hashable {
    /// Scheme and host in lower case, the port always there, a sub-path kept, no slash at the end.
    let text: String

    /// Where Forge's web page and API listen by default.
    static let usual = ForgeAddress(normalized: "http://127.0.0.1:7860")

    private init(normalized text: String) {
        self.text = text
    }

    /// Reads a URL as people write it.
    ///
    /// - Throws: `QueueError` with code `invalid_request`. The message repeats the text only where no password can be
    ///   in it.
    init(_ text: String) throws {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.contains("@") else {
            throw Self.refusal(
                "must not hold a user name or password (no “@”): give them as credentials, apart from the URL"
            )
        }
        let shown = MessageText.clean(trimmed, limit: 200)
        guard let parts = URLComponents(string: trimmed) else {
            throw Self.refusal("“\(shown)” is no URL; one looks like http://127.0.0.1:7860")
        }
        let scheme = parts.scheme?.lowercased() ?? ""
        guard scheme == "http" || scheme == "https" else {
            throw Self.refusal("“\(shown)” must begin with http:// or https://")
        }
        guard let host = parts.percentEncodedHost?.lowercased(), !host.isEmpty else {
            throw Self.refusal("“\(shown)” names no host; one looks like http://127.0.0.1:7860")
        }
        guard parts.query == nil, parts.fragment == nil else {
            throw Self.refusal("“\(shown)” must end with the path, without “?” or “#”")
        }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        guard (1...65_535).contains(port) else { throw Self.refusal("“\(shown)” has a port outside 1 to 65535") }
        var path = parts.percentEncodedPath
        while path.hasSuffix("/") { path.removeLast() }
        let normalized = "\(scheme)://\(host):\(port)\(path)"
        guard URL(string: normalized) != nil else {
            throw Self.refusal("“\(shown)” is no URL; one looks like http://127.0.0.1:7860")
        }
        self.init(normalized: normalized)
    }

    var backend: BackendID { BackendID(rawValue: text) }

    private static func refusal(_ complaint: String) -> QueueError {
        QueueError(code: .invalidRequest, message: "The URL of Forge \(complaint).")
    }
}
