public import ImageQueueCore

extension SQLiteJobStore {
    /// See ``JobStore/backends()``.
    public func backends() async throws -> [BackendStatus] { try await read { try $0.backendStatuses() } }

    /// See ``JobStore/setDraining(_:backend:)``.
    public func setDraining(_ draining: Bool, backend: BackendID) async throws {
        try await write { [rules] connection in
            let known = try connection.backendStatuses().map(\.backend)
            guard known.contains(backend) else { throw QueueError.noSuchBackend(backend, known: known) }
            if draining {
                try connection.execute(
                    "INSERT INTO drained_backends (url, since) VALUES (?, ?) ON CONFLICT DO NOTHING",
                    .text(backend.rawValue),
                    .integer(rules.time.wall())
                )
            } else {
                try connection.execute("DELETE FROM drained_backends WHERE url = ?", .text(backend.rawValue))
                try connection.execute(
                    "UPDATE backends SET additions = additions + 1 WHERE url = ?",
                    .text(backend.rawValue)
                )
            }
        }
    }

    /// See ``JobStore/brief(on:)``.
    public func brief(on backend: BackendID) async throws -> BackendBrief {
        try await read { try $0.brief(on: backend) }
    }

    /// See ``JobStore/note(_:on:by:)``.
    public func note(_ report: BackendReport, on backend: BackendID, by worker: WorkerID) async throws {
        let text = try StoreJSON.text(report)
        try await write(durability: .normal) { connection in
            _ = try connection.execute(
                "UPDATE backends SET report = ? WHERE url = ? AND worker = ?",
                .text(text),
                .text(backend.rawValue),
                .text(worker.rawValue)
            )
        }
    }
}

extension Connection {
    func brief(on backend: BackendID) throws -> BackendBrief {
        let brief = try first(
            """
            SELECT (SELECT worker FROM backends WHERE url = ?1),
                EXISTS (SELECT 1 FROM drained_backends WHERE url = ?1),
                coalesce((SELECT additions FROM backends WHERE url = ?1), 0),
                EXISTS (SELECT 1 FROM orphans WHERE backend = ?1)
            """,
            .text(backend.rawValue)
        ) { row in
            BackendBrief(
                holder: try row.optionalText(0).map(WorkerID.init),
                isDraining: try row.bool(1),
                additions: try row.int(2),
                hasOrphans: try row.bool(3)
            )
        }
        return brief ?? BackendBrief()
    }

    func isDraining(_ backend: BackendID) throws -> Bool {
        try first("SELECT 1 FROM drained_backends WHERE url = ?", .text(backend.rawValue)) { _ in true } ?? false
    }

    /// What its holder has told of a backend; nil where somebody else holds it, or nothing was told yet.
    func report(on backend: String, by worker: WorkerID) throws -> BackendReport? {
        let text = try first(
            "SELECT report FROM backends WHERE url = ? AND worker = ?",
            .text(backend),
            .text(worker.rawValue)
        ) { try $0.optionalText(0) }
        return text.flatMap(Self.report)
    }

    /// A newer worker's may hold words that this version doesn't know: it is a hint, and no reason to refuse anything.
    private static func report(_ text: String?) -> BackendReport? { text.flatMap { try? StoreJSON.value($0) } }

    fileprivate func backendStatuses() throws -> [BackendStatus] {
        let registrations = try query("SELECT id, registration FROM workers") { row in
            try KeptRegistration.read(try row.text(1), of: WorkerID(rawValue: try row.text(0)))
        }
        let held = try query("SELECT url, worker, report FROM backends") { row in
            (
                backend: BackendID(rawValue: try row.text(0)), holder: WorkerID(rawValue: try row.text(1)),
                report: try row.optionalText(2)
            )
        }
        let drained = Set(try query("SELECT url FROM drained_backends") { BackendID(rawValue: try $0.text(0)) })
        let all = drained.union(registrations.flatMap(\.backends)).union(held.map(\.backend))
        return all.sorted { $0.rawValue < $1.rawValue }.map { backend in
            let hold = held.first { $0.backend == backend }
            return BackendStatus(
                backend: backend,
                holder: hold?.holder,
                isDraining: drained.contains(backend),
                report: hold.flatMap { Self.report($0.report) }
            )
        }
    }
}
