internal import Foundation
internal import NIOCore

extension HTTPRequest {
    /// The 401 for a request without the right credentials (FORGE.md, section 2), or `nil`.
    func refusal(without credentials: SimulatorConfiguration.Credentials) -> HTTPResponse? {
        func unauthorized(_ text: String) -> HTTPResponse {
            var response = HTTPResponse.detail(401, text)
            response.headers = [("www-authenticate", "Basic")]
            return response
        }
        let parts = (header("authorization") ?? "").split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic" else { return unauthorized("Not authenticated") }
        guard let data = Data(base64Encoded: String(parts[1])), let text = String(data: data, encoding: .utf8),
            let colon = text.firstIndex(of: ":")
        else { return unauthorized("Invalid authentication credentials") }
        guard text[..<colon] == credentials.user, text[text.index(after: colon)...] == credentials.password else {
            return unauthorized("Incorrect username or password")
        }
        return nil
    }

    /// The answer to a browser that asks whether another origin may call; it needs no credentials.
    var preflightAnswer: HTTPResponse? {
        guard method == "OPTIONS", header("origin") != nil, header("access-control-request-method") != nil else {
            return nil
        }
        return HTTPResponse(
            status: 200,
            headers: [
                ("access-control-allow-methods", "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
                ("access-control-max-age", "600"), ("access-control-allow-credentials", "true"),
            ],
            contentType: "text/plain; charset=utf-8",
            body: ByteBuffer(string: "OK")
        )
    }
}
