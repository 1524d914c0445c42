internal import Foundation

/// The proxy settings that URLSession takes from the environment, even for 127.0.0.1.
enum Proxy {
    private static let variables = ["http_proxy", "https_proxy", "all_proxy"]

    /// Takes them away. Call before anything else runs: the environment has no lock.
    static func clear() {
        for name in variables {
            unsetenv(name)
            unsetenv(name.uppercased())
        }
    }
}
