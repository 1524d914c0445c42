import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

/// Files of many rows, made by SQL in one transaction. Skewed: one owner and one conversation have every second job.
enum BigFile: String, CaseIterable, CustomTestStringConvertible {
    case finished
    case queued
    case scheduled

    static let jobCount = 1_000_000

    var testDescription: String { rawValue }

    /// Fills an empty store.
    func fill(_ store: SQLiteJobStore) async throws {
        var drawing = TextToImageRequest(prompt: "kedi çiz")
        drawing.seed = 7
        let request = try StoreJSON.text(drawing)
        let count = try await store.write { [request] connection in
            try connection.script(self.jobs(request: request))
            return try connection.first("SELECT count(*) FROM jobs") { try $0.int(0) }
        }
        guard count == Self.jobCount else { throw CocoaError(.featureUnsupported) }
    }

    private func jobs(request: String) -> String {
        let quoted = request.replacingOccurrences(of: "'", with: "''")
        // One in a hundred is of another kind than the file, so that ANALYZE learns of all states.
        let state: String
        switch self {
        case .finished: state = "CASE WHEN n % 100 = 0 THEN 1 WHEN n % 100 = 50 THEN 4 ELSE 3 END"
        case .queued: state = "CASE WHEN n % 100 = 0 THEN 3 ELSE 1 END"
        case .scheduled: state = "CASE WHEN n % 100 = 0 THEN 1 ELSE 0 END"
        }
        return """
            CREATE TEMP TABLE numbers AS
                WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(Self.jobCount))
                SELECT n, \(state) AS state, printf('%08x-0000-7000-8000-%012x', n, n) AS id,
                    CASE n % 2 WHEN 0 THEN 'heavy' ELSE 'owner ' || (n % 10000) END AS owner,
                    CASE n % 2 WHEN 0 THEN 'busy' ELSE 'talk ' || (n % 5000) END AS conversation,
                    1700000000000 + n AS at
                FROM numbers;
            INSERT INTO messages (id, conversation_id, owner, role, content, extra_metadata, created_at, updated_at)
                SELECT n, conversation, owner, 'assistant', '[IMAGE] kedi', json_object('job_id', id), at, at FROM numbers;
            INSERT INTO jobs (seq, id, message_id, owner, conversation_id, state, lane, priority, order_key, batch_id,
                    attempt, not_before, deadline, created_at, queued_at, started_at, finished_at)
                SELECT n, id, n, owner, conversation, state, '', n % 3, CASE n % 2 WHEN 0 THEN n / 2 ELSE n / 10000 END,
                    CASE WHEN n % 10 = 0 THEN printf('%08x-0000-7000-8000-%012x', n / 1000, 0) END,
                    state >= 3, CASE state WHEN 0 THEN 4000000000000 + n END,
                    CASE WHEN n % 5 = 0 THEN 4000000000000 + n END, at, at,
                    CASE WHEN state >= 3 THEN at END, CASE WHEN state >= 3 THEN at END
                FROM numbers;
            INSERT INTO requests SELECT n, '\(quoted)' FROM numbers;
            INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)
                SELECT id, n, conversation, owner, 'QUEUED', 0, 0, at, '{"status":"queued"}' FROM numbers;
            INSERT INTO events (job_id, message_id, conversation_id, owner, kind, is_final, attempt, at, body)
                SELECT id, n, conversation, owner, 'COMPLETE', 1, 1, at, '{"status":"complete"}' FROM numbers
                WHERE state >= 3;
            INSERT INTO images (job_id, number, attempt, owner, path, format, width, height, byte_count, sha256, seed,
                    prompt, warnings, created_at)
                SELECT id, 0, 1, owner, id || '.png', 'png', 64, 64, 70, '00', '1', 'kedi', '[]', at FROM numbers
                WHERE state = 3;
            INSERT INTO keys SELECT 'submit', owner, 'key ' || n, '', '{}', id, at FROM numbers;
            INSERT INTO owner_keys SELECT owner, priority, max(order_key) FROM jobs GROUP BY owner, priority;
            INSERT INTO workers
                SELECT 'worker ' || n, 'here', n, at, '{}', 30000, 'boot', 0 FROM numbers WHERE n <= 8;
            INSERT INTO backends (url, worker, held_since) SELECT 'http://' || n, 'worker ' || n, at FROM numbers WHERE n <= 8;
            INSERT INTO orphans SELECT 'http://' || (n % 8), id, 1, 0, at FROM numbers WHERE n <= 1000;
            INSERT INTO remains SELECT id, 1, at, 'worker ' || (n % 8) FROM numbers WHERE n <= 1000;
            DROP TABLE numbers;
            """
    }
}
