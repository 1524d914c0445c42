internal import Foundation

/// Files with very many jobs, made by SQL alone in one transaction and kept: `<data>/<kind>-<count>.db`.
struct BigFile {
    enum Kind: String, CaseIterable {
        /// Complete, with a picture each and their events.
        case finished
        /// Waiting.
        case queued
        /// Waiting for a time that is far off.
        case scheduled
    }

    let kind: Kind
    let count: Int
    /// Each has ten jobs, in a file of a thousand as in one of a million.
    var owners: Int { count / 10 }

    /// Where the file is, made if it is missing or of another schema, and without the notes of an ANALYZE.
    func path(_ bench: Bench) async throws -> String {
        try FileManager.default.createDirectory(atPath: bench.data, withIntermediateDirectories: true)
        let path = "\(bench.data)/\(kind.rawValue)-\(count).db"
        let empty = try await bench.newDatabase("schema-\(UUID().uuidString).db")
        let schema = "SELECT group_concat(sql, ';') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"
        let wanted = try FloorFile(empty).text(schema)
        if FileManager.default.fileExists(atPath: path), try FloorFile(path).text(schema) == wanted {
            try FloorFile(path).run("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4;")
            try readThrough(path)
            return path
        }
        let began = ContinuousClock.now
        for suffix in ["", "-wal", "-shm", "-bell"] { try? FileManager.default.removeItem(atPath: path + suffix) }
        // It has its name once it is whole: a making that broke off is begun anew.
        let making = path + ".making"
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: making + suffix) }
        try FileManager.default.moveItem(atPath: empty, toPath: making)
        try fill(making, bench.texts)
        // Else the first checkpoint would wait for gigabytes.
        try synchronize(making)
        try FileManager.default.moveItem(atPath: making, toPath: path)
        note("made \(path) in \(began.duration(to: .now))")
        return path
    }

    /// Brings a kept file into the system's memory, where one that was just made is as well: what a disk takes for a page that
    /// it has to look for is not the library's.
    private func readThrough(_ path: String) throws {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
        defer { try? file.close() }
        while let part = try file.read(upToCount: 4 << 20), !part.isEmpty {}
    }

    private func fill(_ path: String, _ texts: JobTexts) throws {
        let file = try FloorFile(path)
        let state = [Kind.finished: 3, .queued: 1, .scheduled: 0][kind] ?? 0
        let isFinished = kind == .finished
        let now = Int64(Date.now.timeIntervalSince1970 * 1_000)
        let begin = now - Int64(count)
        try file.run("PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        try file.run("PRAGMA cache_size = -1000000; PRAGMA foreign_keys = OFF; BEGIN;")
        // Version 7 ids a millisecond apart; jobs of all owners in turn, so that an owner's order keys rise by one.
        try file.run(
            """
            CREATE TEMP TABLE draft (n INTEGER PRIMARY KEY, id TEXT, owner TEXT, conversation TEXT, at INTEGER);
            WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count))
            INSERT INTO draft SELECT n,
                printf('%08x-%04x-7%03x-8%03x-%012x', (\(begin) + n) >> 16, (\(begin) + n) & 65535,
                    n * 7919 % 4096, n * 104729 % 4096, n * 15485863 % 281474976710656),
                'owner ' || (n % \(owners)), 'conversation ' || (n % \(owners)), \(begin) + n FROM numbers;
            """
        )
        func quoted(_ text: String) -> String { "'" + text.replacingOccurrences(of: "'", with: "''") + "'" }
        let metadata = texts.part(isFinished ? .completeMetadata : .metadata)
        let prefix = quoted(metadata.before)
        let suffix = quoted(metadata.after)
        let content = quoted(texts.part(isFinished ? .completeContent : .pendingContent).before)
        try file.run(
            """
            INSERT INTO messages (id, conversation_id, owner, role, content, extra_metadata, created_at, updated_at)
            SELECT n, conversation, owner, 'assistant', \(content), \(prefix) || id || \(suffix), at, at FROM draft;
            """
        )
        let notBefore = kind == .scheduled ? "at + 864000000000" : "NULL"
        try file.run(
            """
            INSERT INTO jobs (seq, id, message_id, owner, conversation_id, state, lane, priority, is_raised, order_key,
                attempt, not_before, created_at, queued_at, started_at, finished_at)
            SELECT n, id, n, owner, conversation, \(state), '', 1, 1, (n - 1) / \(owners), \(isFinished ? 1 : 0),
                \(notBefore), at, at, \(isFinished ? "at, at" : "NULL, NULL") FROM draft;
            """
        )
        try file.run("INSERT INTO requests SELECT n, \(quoted(texts.request)) FROM draft;")
        func log(_ kind: String, _ body: String, isFinal: Bool) throws {
            try file.run(
                """
                INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)
                SELECT id, n, conversation, owner, '\(kind)', \(isFinal ? "1, 1" : "0, 0"), at, \(quoted(body)) FROM draft;
                """
            )
        }
        try log("QUEUED", texts.part(.queuedBody).before, isFinal: false)
        if isFinished {
            try log("COMPLETE", texts.part(.completeBody).before, isFinal: true)
            try file.run(
                """
                INSERT INTO images (job_id, number, attempt, owner, path, format, width, height, byte_count, sha256,
                    seed, prompt, infotext, warnings, created_at)
                SELECT id, 0, 1, owner, '2026/11/25/' || id || '-1-0.png', 'png', 1024, 1024, 1500000,
                    printf('%064x', n), '4711', \(quoted(JobTexts.prompt)), NULL, '[]', at FROM draft;
                """
            )
        } else if kind == .queued {
            try file.run(
                """
                INSERT INTO owner_keys SELECT owner, 1, max(order_key) FROM jobs GROUP BY owner;
                """
            )
        }
        try file.run("COMMIT; DROP TABLE temp.draft; PRAGMA journal_mode = WAL;")
        guard file.integer("SELECT count(*) FROM counters WHERE owner LIKE 'owner %' AND n = 10") == owners else {
            try FileManager.default.removeItem(atPath: path)
            throw Failure("\(path) didn't hold ten jobs of each owner")
        }
    }
}

/// Waits until all of a file is on the disk.
func synchronize(_ path: String) throws {
    let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
    try handle.synchronize()
    try handle.close()
}

/// What a scenario does to a big file is undone, so that the next one finds it as it was.
struct Undo {
    private let path: String
    private let job: Int64
    private let message: Int64
    private let event: Int64
    private let image: Int64
    private let virtualTime: Int64

    init(_ path: String) throws {
        self.path = path
        let file = try FloorFile(path)
        job = file.integer("SELECT coalesce(max(seq), 0) FROM jobs")
        message = file.integer("SELECT coalesce(max(id), 0) FROM messages")
        event = file.integer("SELECT coalesce(max(seq), 0) FROM events")
        image = file.integer("SELECT coalesce(max(id), 0) FROM images")
        virtualTime = file.integer("SELECT order_key FROM virtual_times WHERE priority = 1")
    }

    func run() throws {
        let file = try FloorFile(path)
        try file.run(
            """
            BEGIN IMMEDIATE;
            DELETE FROM progress;
            UPDATE jobs SET state = 1, attempt = 0, worker = NULL, nonce = NULL, backend = NULL, started_at = NULL,
                finished_at = NULL WHERE id IN (SELECT job_id FROM events WHERE seq > \(event)) AND seq <= \(job);
            UPDATE messages SET content = replace(content, '[IMAGE]', '[IMAGE_PENDING]'),
                extra_metadata = json_patch(extra_metadata,
                    '{"status":"queued","progress":null,"image_url":null,"image_urls":null,"queue_position":1}')
                WHERE id IN (SELECT message_id FROM events WHERE seq > \(event)) AND id <= \(message);
            DELETE FROM jobs WHERE seq > \(job);
            DELETE FROM messages WHERE id > \(message);
            DELETE FROM events WHERE seq > \(event);
            DELETE FROM images WHERE id > \(image);
            UPDATE sqlite_sequence SET seq = \(job) WHERE name = 'jobs';
            UPDATE sqlite_sequence SET seq = \(message) WHERE name = 'messages';
            UPDATE sqlite_sequence SET seq = \(event) WHERE name = 'events';
            UPDATE sqlite_sequence SET seq = \(image) WHERE name = 'images';
            UPDATE virtual_times SET order_key = \(virtualTime) WHERE priority = 1;
            UPDATE settings SET value = 0 WHERE name = 'drawing_ms';
            DELETE FROM owner_keys WHERE owner LIKE 'probe %';
            COMMIT;
            """
        )
        // The bell says how far the log has got: of a log that goes back the store would think it restored.
        try? FileManager.default.removeItem(atPath: path + "-bell")
    }
}
