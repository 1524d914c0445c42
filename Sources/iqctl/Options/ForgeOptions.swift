import ArgumentParser
import ForgeClient
import Foundation
import ImageQueueCore

/// Where pictures are drawn.
struct ForgeOptions: ParsableArguments {
    @Option(
        name: .customLong("forge"),
        help: ArgumentHelp(
            "Where Forge is.",
            discussion: "IQCTL_FORGE_URL; by default http://127.0.0.1:7860.",
            valueName: "url"
        )
    )
    var url: String?

    @Flag(help: "Nobody but this queue uses this Forge.")
    var exclusive = false

    @Flag(help: "Obey http_proxy and its like; by default they are ignored.")
    var useProxy = false

    static let usualURL = "http://127.0.0.1:7860"

    var address: String { url ?? Places.current.setting("IQCTL_FORGE_URL") ?? Self.usualURL }

    /// Takes the environment's proxies away unless they are wanted. Call first: URLSession reads them once.
    func settleProxy() {
        if !useProxy { Proxy.clear() }
    }

    /// A generator for that Forge.
    func generator() throws -> ForgeGenerator {
        try generator(at: address, auth: try Self.credentials())
    }

    /// A generator for a simulator of our own: no password, and nobody else is there.
    static func generator(simulatedAt url: URL) throws -> ForgeGenerator {
        ForgeGenerator(configuration: try ForgeConfiguration(baseURL: url.absoluteString))
    }

    private func generator(at address: String, auth: (user: String, password: String)?) throws -> ForgeGenerator {
        var configuration: ForgeConfiguration
        do {
            configuration = try ForgeConfiguration(baseURL: address)
        } catch {
            throw CommandFailure(.refused, CommandFailure(error).message)
        }
        if let auth {
            configuration.credentials = ForgeConfiguration.Credentials(user: auth.user, password: auth.password)
        }
        configuration.exclusivity = exclusive ? .exclusive : .shared
        return ForgeGenerator(configuration: configuration)
    }

    /// `user:password` from the environment, split at the first colon (RFC 7617: a user name has none).
    static func credentials(_ places: Places = .current) throws -> (user: String, password: String)? {
        guard let text = places.setting("IQCTL_FORGE_AUTH") else { return nil }
        guard let colon = text.firstIndex(of: ":") else {
            throw CommandFailure(.refused, "IQCTL_FORGE_AUTH must be user:password.")
        }
        return (String(text[..<colon]), String(text[text.index(after: colon)...]))
    }
}
