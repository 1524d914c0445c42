import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// Another program that uses the same Forge, as SillyTavern does: it posts for itself and looks at nothing.
struct Stranger: Sendable {
    enum Deed: CaseIterable {
        case interrupt
        case skip
        case both
    }

    let forge: URL
    var alsoDraws = false

    func disturb(by deed: Deed, after wait: Duration) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            if alsoDraws {
                group.addTask {
                    try await Task.sleep(for: wait / 2)
                    try await post("/sdapi/v1/txt2img", #"{"prompt": "waifu", "steps": 5, "width": 64, "height": 64}"#)
                }
            }
            group.addTask {
                try await Task.sleep(for: wait)
                if deed != .skip { try await post("/sdapi/v1/interrupt") }
                if deed != .interrupt { try await post("/sdapi/v1/skip") }
            }
            try await group.waitForAll()
        }
    }

    /// Sends an empty POST; whatever comes of it.
    static func post(to url: URL) async {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.timeoutInterval = 1
        _ = try? await URLSession.shared.data(for: request)
    }

    private func post(_ path: String, _ body: String = "") async throws {
        var request = URLRequest(url: forge.appending(path: path))
        request.httpMethod = "POST"
        request.httpBody = Data(body.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        _ = try await URLSession.shared.data(for: request)
    }
}
