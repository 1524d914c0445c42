internal import Foundation

extension ForgeConfiguration {
    /// A user name and a password for HTTP basic authentication (RFC 7617). Printing them shows neither.
    public struct Credentials: Sendable, Hashable {
        /// The user name; a colon in it can't be sent.
        public var user: String
        /// The password.
        public var password: String

        /// A user name and a password.
        public init(user: String, password: String) {
            self.user = user
            self.password = password
        }

        /// The value of the `Authorization` header.
        var header: String { "Basic " + Data("\(user):\(password)".utf8).base64EncodedString() }
    }
}

extension ForgeConfiguration.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Says that they are hidden.
    public var description: String { "<hidden>" }
    /// Says that they are hidden.
    public var debugDescription: String { description }
    /// Shows nothing to `dump` either.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
