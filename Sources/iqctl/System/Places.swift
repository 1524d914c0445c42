internal import Foundation

/// Where things are kept if nobody says otherwise: the XDG Base Directory Specification, version 0.8.
struct Places: Sendable {
    let environment: [String: String]
    private let systemsHome: @Sendable () -> String

    /// - Parameter home: The system's word for it, asked where the environment has none:
    ///   it reads its files of users for it.
    init(environment: [String: String], home: @autoclosure @escaping @Sendable () -> String) {
        self.environment = environment
        systemsHome = home
    }

    /// As the process was started.
    static let current = Places(environment: ProcessInfo.processInfo.environment, home: NSHomeDirectory())

    /// The variables whose text this command takes as it stands, those that say where files are by default among them.
    static let variables = [
        "IQCTL_DATABASE", "IQCTL_IMAGE_DIRECTORY", "IQCTL_IMAGE_URL_TEMPLATE", "IQCTL_FORGE_URL", "IQCTL_FORGE_AUTH",
        "XDG_STATE_HOME", "XDG_DATA_HOME", "HOME",
    ]

    /// `$XDG_STATE_HOME/iqctl/queue.db`
    var database: String { base("XDG_STATE_HOME", ".local/state") + "/iqctl/queue.db" }

    /// `$XDG_DATA_HOME/iqctl/images`
    var images: String { base("XDG_DATA_HOME", ".local/share") + "/iqctl/images" }

    private var home: String { setting("HOME").flatMap { $0.hasPrefix("/") ? $0 : nil } ?? systemsHome() }

    /// What an environment variable says, unless it is empty.
    func setting(_ name: String) -> String? {
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    /// "All paths set in these environment variables must be absolute. If an implementation encounters a relative path
    /// in any of these variables it should consider the path invalid and ignore it."
    private func base(_ variable: String, _ usual: String) -> String {
        guard let value = setting(variable), value.hasPrefix("/") else { return "\(home)/\(usual)" }
        return value.count > 1 && value.hasSuffix("/") ? String(value.dropLast()) : value
    }
}
