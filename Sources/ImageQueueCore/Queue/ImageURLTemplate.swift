/// Makes a picture's URL from its place below the image directory.
public struct ImageURLTemplate: Sendable, Hashable {
    /// The text, with `{path}` where the relative path goes.
    public let text: String
    /// What stands before, between and after each `{path}`.
    private let parts: [String]

    /// A template such as `/images/{path}` or `https://cdn.example/{path}`.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request` if `{path}` is missing.
    public init(_ text: String) throws {
        guard text.contains("{path}") else {
            throw FieldRule.refusal("image URL template", "must contain {path}, as /images/{path} does")
        }
        self.init(known: text)
    }

    private init(known text: String) {
        self.text = text
        parts = text.split(separator: "{path}", omittingEmptySubsequences: false).map(String.init)
    }

    /// `/images/{path}`
    public static let standard = ImageURLTemplate(known: "/images/{path}")

    /// The URL of the picture at `path`, which is made of characters that need no escape.
    public func url(forPath path: String) -> String { parts.joined(separator: path) }
}
