/// A path that stays below where it begins: no part is empty, `.` or `..`, and none holds NUL.
struct RelativePath: Sendable {
    let folders: [String]
    let last: String

    /// - Parameter isPrefix: the last part may be cut anywhere, or empty.
    init(_ text: String, isPrefix: Bool = false) throws(StoreError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        folders = Array(parts.dropLast())
        last = parts.last ?? ""
        let areNames = folders.allSatisfy(Self.isName) && (isPrefix && last.isEmpty || Self.isName(last))
        guard areNames else {
            let rule = "use parts joined by single slashes, none of them empty, . or .."
            throw StoreError(.invalidPath, "The path of a picture leaves its directory or is no path: \(rule).")
        }
    }

    private static func isName(_ part: String) -> Bool {
        !part.isEmpty && part != "." && part != ".." && !part.utf8.contains(0) && part.utf8.count <= 255
    }
}
