/// The exception that a request ends with: a class and `str(e)`, or a deliberate `{"detail": …}`.
struct ForgeException: Error, Sendable, Equatable {
    var status = 500
    let name: String
    let message: String
    /// Empty but for answers that failed their own validation.
    var body: JSONValue = ""

    init(_ name: String, _ message: String, status: Int = 500, body: JSONValue = "") {
        self.name = name
        self.message = message
        self.status = status
        self.body = body
    }
}
