import ImageQueueCore

/// What of a row of `jobs` a choice is made by: of 16 candidates one is taken.
struct WaitingJob: Sendable {
    var seq: Int64
    var id: JobID
    var owner: Owner
    var priority: Priority
    var orderKey: Int64
    var model: String?
    var isSuspect: Bool
    var queuedAt: Int64

    /// The columns, in the order that `init(_:)` reads them.
    static let columns = "seq, id, owner, priority, order_key, model, is_suspect, queued_at"

    init(_ row: borrowing Row) throws {
        seq = try row.integer(0)
        guard let id = JobID(try row.text(1)) else { throw JobRow.damaged("a job id") }
        self.id = id
        owner = Owner(rawValue: try row.text(2))
        guard let priority = Priority(rawValue: try row.int(3)) else { throw JobRow.damaged("a job's priority") }
        self.priority = priority
        orderKey = try row.integer(4)
        model = try row.optionalText(5)
        isSuspect = try row.bool(6)
        queuedAt = try row.integer(7)
    }

    init(_ row: JobRow) {
        seq = row.seq
        id = row.id
        owner = row.owner
        priority = row.priority
        orderKey = row.orderKey
        model = row.model
        isSuspect = row.lifecycle.isSuspect
        queuedAt = row.queuedAt
    }
}

extension WaitingJob {
    /// As it is offered.
    func candidate(at now: Int64) -> ClaimRequest.Candidate {
        ClaimRequest.Candidate(
            job: id,
            owner: owner,
            priority: priority,
            model: model,
            isSuspect: isSuspect,
            waited: .milliseconds(max(0, now - queuedAt))
        )
    }
}
