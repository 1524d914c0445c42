/// A step of a plan that walks or sorts, and hurts nobody.
struct PlanException {
    /// How the step's text begins.
    let step: String
    /// What the statement holds; nil for any.
    var statement: String?
    let reason: String

    func allows(_ step: String, in statement: String) -> Bool {
        step.hasPrefix(self.step) && self.statement.map(statement.contains) ?? true
    }

    static let all = [
        PlanException(step: "SCAN CONSTANT ROW", reason: "a row that stands in the statement"),
        PlanException(step: "SCAN 2 CONSTANT ROWS", reason: "two rows that stand in the statement"),
        PlanException(step: "SCAN 3 CONSTANT ROWS", reason: "the making of the file"),
        PlanException(step: "SCAN 5 CONSTANT ROWS", reason: "the making of the file"),
        PlanException(step: "SCAN sqlite_schema", statement: "LIMIT 1", reason: "whether there is any table"),
        PlanException(step: "SCAN jobs", statement: "IN ()", reason: "false before the first row: nothing is read"),
        PlanException(step: "SCAN drained_backends", reason: "a row for each backend that is drained"),
        PlanException(step: "SCAN sqlite_sequence", reason: "a row for each of a few tables"),
        PlanException(step: "SCAN workers", reason: "a row for each worker that runs"),
        PlanException(
            step: "USE TEMP B-TREE FOR ORDER BY",
            statement: "FROM workers ORDER BY started_at",
            reason: "as many rows as workers run"
        ),
        PlanException(step: "SCAN backends", reason: "a row for each backend that is held"),
        PlanException(
            step: "USE TEMP B-TREE FOR ORDER BY",
            statement: "FROM orphans WHERE backend",
            reason: "the few drawings that lost workers left on one backend"
        ),
        PlanException(
            step: "USE TEMP B-TREE FOR ORDER BY",
            statement: "FROM jobs INDEXED BY sqlite_autoindex_jobs_1 WHERE id IN (",
            reason: "named jobs: what is sorted was looked up"
        ),
        PlanException(
            step: "USE TEMP B-TREE FOR ORDER BY",
            statement: "FROM events WHERE seq > ? AND job_id IN (",
            reason: "the few events of named jobs: what is sorted was looked up"
        ),
        PlanException(
            step: "SCAN jobs",
            statement: "FROM jobs WHERE 1 ORDER BY seq",
            reason: "a walk down the primary key that ends with the page"
        ),
        PlanException(
            step: "SCAN jobs USING INDEX jobs_unfinished",
            statement: "INDEXED BY jobs_unfinished",
            reason: "along what has not ended, newest first, until the page is full"
        ),
        PlanException(
            step: "SCAN events",
            statement: "FROM events ORDER BY seq LIMIT",
            reason: "the oldest events, as many as are pruned at once"
        ),
        PlanException(
            step: "SCAN (subquery-",
            statement: "FROM jobs INDEXED BY jobs_in_order",
            reason: "as many candidates as the subquery's limit lets through"
        ),
        PlanException(
            step: "USE TEMP B-TREE FOR ORDER BY",
            statement: "NOT IN (SELECT value FROM json_each",
            reason: "the same candidates, or the first job of each waiting owner"
        ),
        PlanException(step: "SCAN json_each", reason: "the numbers, or owners, that one argument lists"),
        PlanException(
            step: "SCAN (subquery-",
            statement: "INDEXED BY jobs_by_conversation WHERE conversation_id = ? LIMIT",
            reason: "as many of a conversation's jobs as another walk would pass"
        ),
        PlanException(
            step: "SCAN (subquery-",
            statement: "WITH RECURSIVE waiting",
            reason: "the one row that the recursion begins with"
        ),
        PlanException(
            step: "SCAN jobs USING INDEX jobs_waiting",
            statement: "ORDER BY owner LIMIT 1",
            reason: "the first row of the index"
        ),
        PlanException(
            step: "SCAN waiting",
            statement: "WITH RECURSIVE waiting",
            reason: "the recursion itself: each step is a search for the next owner"
        ),
    ]
}
