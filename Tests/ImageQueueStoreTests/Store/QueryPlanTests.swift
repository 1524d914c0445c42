import Foundation
import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("Query plans", .timeLimit(.minutes(1)))
struct QueryPlanTests {
    /// Statements of the hot paths, as they are written in the store.
    private static let statements: [String] = [
        "SELECT seq FROM jobs WHERE id = 'x'",
        """
        SELECT seq, priority, order_key FROM jobs INDEXED BY jobs_in_order
        WHERE lane = '' AND state = 1 AND worker IS NULL AND cancel_requested = 0 AND is_suspect <= 1
        ORDER BY priority DESC, order_key, seq LIMIT 16
        """,
        """
        SELECT count(*) FROM jobs INDEXED BY jobs_in_order
        WHERE lane = '' AND state = 1 AND priority = 1 AND order_key >= 5 AND order_key < 9
        """,
        "SELECT * FROM jobs INDEXED BY jobs_due WHERE state = 0 AND not_before <= 5 ORDER BY not_before LIMIT 100",
        """
        SELECT * FROM jobs INDEXED BY jobs_expiring
        WHERE deadline IS NOT NULL AND state < 2 AND deadline <= 5 AND worker IS NULL ORDER BY deadline LIMIT 100
        """,
        """
        SELECT * FROM jobs INDEXED BY jobs_to_raise
        WHERE state = 1 AND is_raised = 0 AND priority < 2 AND lane = '' AND queued_at <= 5 AND worker IS NULL
        ORDER BY queued_at LIMIT 100
        """,
        "SELECT seq FROM jobs INDEXED BY jobs_held WHERE worker = 'w'",
        """
        SELECT owner FROM jobs INDEXED BY jobs_waiting
        WHERE state = 1 AND lane = '' AND owner > 'a' ORDER BY owner LIMIT 1
        """,
        """
        SELECT seq FROM jobs INDEXED BY jobs_waiting
        WHERE state = 1 AND lane = '' AND owner = 'a' AND worker IS NULL AND cancel_requested = 0 AND is_suspect <= 1
        ORDER BY priority DESC, order_key, seq LIMIT 1
        """,
        "SELECT seq FROM jobs WHERE 1 ORDER BY seq DESC LIMIT 51",
        "SELECT seq FROM jobs WHERE state IN (0, 1, 2) AND state < 3 ORDER BY seq DESC LIMIT 51",
        "SELECT seq FROM jobs WHERE state IN (1) AND state < 3 AND seq < 9 ORDER BY seq DESC LIMIT 51",
        """
        SELECT 1 FROM jobs INDEXED BY jobs_in_order
        WHERE lane = '' AND state = 1 AND priority > 1 AND worker IS NULL AND is_suspect = 0 LIMIT 1
        """,
        "SELECT seq FROM jobs WHERE owner = 'a' ORDER BY seq DESC LIMIT 51",
        "SELECT seq FROM jobs WHERE conversation_id = 'c' ORDER BY seq DESC LIMIT 51",
        "SELECT coalesce(sum(n), 0) FROM places WHERE level = 4 AND priority > 1",
        "SELECT coalesce(sum(n), 0) FROM places WHERE level = 2 AND priority = 1 AND place >= 256 AND place < 300",
        "SELECT coalesce(sum(n), 0) FROM places WHERE level = 0 AND priority = 1 AND place = 7 AND block < 9",
        """
        SELECT count(*) FROM jobs INDEXED BY jobs_in_order WHERE lane = '' AND state = 1 AND priority = 1
        AND order_key = 7 AND seq >= 1024 AND seq < 2000
        """,
        "SELECT coalesce(sum(n), 0) FROM counters WHERE owner = char(1) AND state < 2",
        "UPDATE counters SET n = n - 1 WHERE owner IN ('a', char(1)) AND state = 1",
        "SELECT job_id FROM remains INDEXED BY remains_by_worker WHERE worker = 'w' ORDER BY job_id, attempt LIMIT 9",
        "SELECT seq FROM events WHERE seq > 5 ORDER BY seq LIMIT 1000",
        "SELECT seq FROM events WHERE seq > 5 AND job_id IN ('x') ORDER BY seq LIMIT 256",
        "SELECT id FROM messages WHERE conversation_id = 'c' AND id > 3 ORDER BY id LIMIT 100",
        "SELECT number FROM images WHERE job_id = 'x' ORDER BY number",
        """
        SELECT jobs.seq FROM progress INDEXED BY progress_by_revision CROSS JOIN jobs ON jobs.seq = progress.job_seq
        WHERE progress.revision > 5 AND jobs.state = 2 ORDER BY progress.revision
        """,
    ]

    @Test("are searches without a sort, before and after ANALYZE", arguments: statements)
    func plan(_ statement: String) async throws {
        try await withStore { store in
            var submissions: [Submission] = []
            for number in 0..<200 {
                var submission = Submission(request: TextToImageRequest(prompt: "p \(number)"))
                submission.owner = Owner(rawValue: "owner \(number % 7)")
                submissions.append(submission)
            }
            _ = try await store.submit(submissions)
            for isAnalyzed in [false, true] {
                if isAnalyzed { try await store.write { try $0.script("ANALYZE") } }
                let plan = try await store.read { connection in
                    try connection.query(SQL("EXPLAIN QUERY PLAN " + statement)) { try $0.text(3) }
                }
                #expect(!plan.isEmpty)
                for step in plan {
                    #expect(!step.contains("TEMP B-TREE"), "\(step)")
                    // A walk down the primary key that stops at its limit is no scan of the table, nor is one along
                    // the index of what has not ended.
                    let isWalk = step == "SCAN jobs" && statement.contains("WHERE 1")
                    let isUnfinished =
                        step == "SCAN jobs USING INDEX jobs_unfinished"
                        || step == "SCAN jobs USING COVERING INDEX jobs_unfinished"
                    #expect(!step.hasPrefix("SCAN") || isWalk || isUnfinished, "\(step)")
                }
            }
        }
    }
}

/// A store on a fresh file, closed and removed afterwards.
func withStore<Result>(
    _ change: (inout SQLiteStoreConfiguration) -> Void = { _ in },
    _ body: (SQLiteJobStore) async throws -> Result
) async throws -> Result {
    let directory = FileManager.default.temporaryDirectory.appending(path: "iq-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    var configuration = SQLiteStoreConfiguration(databasePath: directory.appending(path: "queue.db").path)
    change(&configuration)
    let store = try await SQLiteJobStore.open(configuration)
    do {
        let result = try await body(store)
        await store.close()
        return result
    } catch {
        await store.close()
        throw error
    }
}
