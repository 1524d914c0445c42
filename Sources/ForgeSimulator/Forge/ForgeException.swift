/// The exception that a request ends with: a class and `str(e)`, or a deliberate `{"detail": …}`.
struct ForgeException: Error, Sendable, Equatable {
    var status = 500
    let name: String
    let message: String
    /// Empty but for answers that failed their own validation.
    var body: JSONValue = ""

    /// As recorded, of a picture that was too large.
    static let noMemory = ForgeException(
        "RuntimeError",
        "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: "
            + "you tried to allocate 5368709120 bytes. Error code 12 (Cannot allocate memory)"
    )

    init(_ name: String, _ message: String, status: Int = 500, body: JSONValue = "") {
        self.name = name
        self.message = message
        self.status = status
        self.body = body
    }
}
