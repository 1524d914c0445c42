internal import ArgumentParser
internal import ForgeClient
internal import Foundation
internal import ImageQueueCore

/// Where pictures are drawn.
struct ForgeOptions: ParsableArguments {
    @Option(
        name: .customLong("forge"),
        help: ArgumentHelp(
            "Where Forge is; may be repeated, one for each that draws.",
            discussion: "IQCTL_FORGE_URL, separated by commas; by default http://127.0.0.1:7860.",
            valueName: "url"
        )
    )
    var urls: [String] = []

    @Flag(help: "Nobody but this queue uses these Forges.")
    var exclusive = false

    @Flag(help: "Obey http_proxy and its like; by default they are ignored.")
    var useProxy = false

    func validate() throws {
        do {
            for url in urls { _ = try ForgeConfiguration(baseURL: url) }
        } catch {
            throw ValidationError(CommandFailure(error).message ?? "\(error)")
        }
    }

    static let usualURL = "http://127.0.0.1:7860"

    /// What was named, by an argument or the environment; else the usual one.
    var addresses: [String] {
        let named = namedAddresses()
        return named.isEmpty ? [Self.usualURL] : named
    }

    /// What was named, by an argument or the environment.
    func namedAddresses(_ places: Places = .current) -> [String] {
        guard urls.isEmpty else { return urls }
        return (places.setting("IQCTL_FORGE_URL") ?? "").split(separator: ",")
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Takes the environment's proxies away unless they are wanted. Call first: URLSession reads them once.
    func settleProxy() {
        if !useProxy { Proxy.clear() }
    }

    /// A generator for each Forge.
    ///
    /// - Parameter stallLimit: How long a drawing may stand still; `nil` for the usual time.
    /// - Throws: ``CommandFailure`` if an address is none, or names the same Forge as another.
    func generators(stallLimit: Duration? = nil) throws -> [ForgeGenerator] {
        try generators(at: addresses, auth: Self.credentials(), stallLimit: stallLimit)
    }

    /// A generator for each Forge that was named, and for each that the queue knows;
    /// for the usual one if there is none.
    ///
    /// User name and password go to those that were named alone:
    /// whoever can write to the database could name any other.
    ///
    /// - Throws: ``CommandFailure`` if an address is none, or names the same Forge as another.
    func generators(knowing backends: [BackendID]) throws -> [ForgeGenerator] {
        let auth = try Self.credentials()
        let named = try generators(at: namedAddresses(), auth: auth)
        let known = Set(backends).subtracting(named.map(\.backend)).map(\.rawValue).sorted()
        if auth != nil {
            for address in known {
                Console.shared.note(
                    TerminalText.line(
                        "IQCTL_FORGE_AUTH is not sent to \(address): name it by --forge if it may have it."
                    )
                )
            }
        }
        let all = try named + generators(at: known, auth: nil)
        return all.isEmpty ? try generators(at: [Self.usualURL], auth: auth) : all
    }

    private func generators(
        at addresses: [String],
        auth: (user: String, password: String)?,
        stallLimit: Duration? = nil
    ) throws -> [ForgeGenerator] {
        let generators = try addresses.map { try generator(at: $0, auth: auth, stallLimit: stallLimit) }
        var known: Set<BackendID> = []
        for generator in generators where !known.insert(generator.backend).inserted {
            throw CommandFailure(.refused, "The Forge at \(generator.backend) is named twice.")
        }
        return generators
    }

    /// A generator for a simulator of our own: no password, and nobody else is there.
    static func generator(simulatedAt url: URL) throws -> ForgeGenerator {
        ForgeGenerator(configuration: try ForgeConfiguration(baseURL: url.absoluteString))
    }

    private func generator(
        at address: String,
        auth: (user: String, password: String)?,
        stallLimit: Duration?
    ) throws -> ForgeGenerator {
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
        configuration.stallLimit = stallLimit ?? configuration.stallLimit
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
