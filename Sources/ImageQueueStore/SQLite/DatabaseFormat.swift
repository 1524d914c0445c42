/// What makes a file ours, and how it got its present shape.
struct DatabaseFormat: Sendable {
    /// Stands in the file's header at offset 68: "IMGQ".
    var applicationID: Int32 = 0x494D_4751
    /// In the order of their versions, which begin at 1 and have no gap.
    var migrations: [Migration]

    var newestVersion: Int { migrations.last?.version ?? 0 }
}

/// One step of the schema. It runs in a transaction of its own, which also raises `user_version`.
struct Migration: Sendable {
    /// What `user_version` is afterwards.
    let version: Int
    let run: @Sendable (Connection) throws -> Void

    init(version: Int, _ run: @escaping @Sendable (Connection) throws -> Void) {
        self.version = version
        self.run = run
    }
}
