/// The floor is honest only if it writes the rows that the library writes.
enum Rows {
    private static let tables = [
        "messages", "jobs", "requests", "events", "images", "progress", "owner_keys", "counters", "keys",
        "virtual_times",
    ]

    /// What a number of calls has added to each table, for one call; and what the texts weigh that they wrote.
    struct Added: Equatable {
        var rows: [String: Double] = [:]
        var bytes: [String: Double] = [:]
    }

    private struct Sizes {
        var rows: [String: Int64] = [:]
        var bytes: [String: Int64] = [:]

        init(_ file: FloorFile) {
            for table in tables { rows[table] = file.integer("SELECT count(*) FROM \(table)") }
            bytes["metadata"] = file.integer("SELECT coalesce(sum(length(extra_metadata)), 0) FROM messages")
            bytes["request"] = file.integer("SELECT coalesce(sum(length(request)), 0) FROM requests")
            bytes["body"] = file.integer("SELECT coalesce(sum(length(body)), 0) FROM events")
        }
    }

    /// Runs `library` and `floor` once for a number of calls, and compares what they added to their files.
    static func check(
        calls: Int,
        library: (path: String, run: () async throws -> Void),
        floor: (path: String, run: () async throws -> Void)
    ) async throws {
        func added(_ path: String, _ run: () async throws -> Void) async throws -> Added {
            let file = try FloorFile(path)
            let before = Sizes(file)
            try await run()
            let after = Sizes(file)
            var added = Added()
            for (table, count) in after.rows { added.rows[table] = Double(count - (before.rows[table] ?? 0)) }
            for (text, count) in after.bytes {
                added.bytes[text] = Double(count - (before.bytes[text] ?? 0)) / Double(calls)
            }
            return added
        }
        let ours = try await added(library.path, library.run)
        let raw = try await added(floor.path, floor.run)
        guard ours.rows == raw.rows else {
            throw Failure("the floor writes other rows: \(raw.rows), the library \(ours.rows)")
        }
        for (text, size) in ours.bytes {
            // Numbers in the texts have a digit more or less.
            guard let other = raw.bytes[text], abs(other - size) <= 8 else {
                throw Failure("the floor's \(text) weighs \(raw.bytes[text] ?? 0) bytes, the library's \(size)")
            }
        }
    }
}
