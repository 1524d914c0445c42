internal import ImageQueueCore

/// A row of `jobs`.
struct JobRow: Sendable {
    var seq: Int64
    var id: JobID
    var messageID: MessageID
    var owner: Owner
    var conversation: ConversationID
    var lifecycle: JobLifecycle
    var lane: String
    var priority: Priority
    var isRaised: Bool
    var orderKey: Int64
    var model: String?
    var batch: JobID?
    var retryOf: JobID?
    var worker: WorkerID?
    var nonce: Int64?
    var backend: String?
    var createdAt: Int64
    var queuedAt: Int64
    var deadline: Int64?
    var startedAt: Int64?
    var finishedAt: Int64?
    var failure: JobFailure?

    /// The columns, in the order that `init(_:)` reads them.
    static let columns = """
        seq, id, message_id, owner, conversation_id, state, lane, priority, order_key, model, batch_id, retry_of, \
        attempt, failures, deaths, is_suspect, cancel_requested, worker, nonce, backend, created_at, queued_at, \
        started_at, finished_at, error_code, error, deadline, is_raised
        """

    /// What the database holds can't be read: it was changed by something else.
    static func damaged(_ what: String, _ cause: (any Error)? = nil) -> QueueError {
        QueueError(
            code: .storeUnavailable,
            message: "The database holds \(what) that this version can't read.",
            cause: cause
        )
    }
}

extension JobRow {
    init(_ row: borrowing Row) throws {
        seq = try row.integer(0)
        guard let id = JobID(try row.text(1)) else { throw Self.damaged("a job id") }
        self.id = id
        messageID = MessageID(rawValue: try row.integer(2))
        owner = Owner(rawValue: try row.text(3))
        conversation = ConversationID(rawValue: try row.text(4))
        guard let state = JobState(rawValue: try row.int(5)) else { throw Self.damaged("a job's state") }
        lane = try row.text(6)
        // One that an operator has set by hand, beyond what there is, is told as the nearest:
        // the order is as it stands there.
        priority = Priority(rawValue: min(max(try row.int(7), 0), Priority.high.rawValue)) ?? .normal
        orderKey = try row.integer(8)
        model = try row.optionalText(9)
        batch = try row.optionalText(10).flatMap(JobID.init)
        retryOf = try row.optionalText(11).flatMap(JobID.init)
        worker = try row.optionalText(17).map(WorkerID.init)
        lifecycle = JobLifecycle(
            state: state,
            isHeld: worker != nil,
            attempt: try row.int(12),
            failures: try row.int(13),
            deaths: try row.int(14),
            isSuspect: try row.bool(15),
            cancelRequested: CancelMode.kept(try row.int(16))
        )
        nonce = try row.optionalInteger(18)
        backend = try row.optionalText(19)
        createdAt = try row.integer(20)
        queuedAt = try row.integer(21)
        startedAt = try row.optionalInteger(22)
        finishedAt = try row.optionalInteger(23)
        deadline = try row.optionalInteger(26)
        isRaised = try row.bool(27)
        if let code = try row.optionalText(24) {
            failure = JobFailure(code: JobFailure.Code(rawValue: code), message: try row.optionalText(25) ?? "")
        }
    }
}

/// As `cancel_requested` holds it: 0 where no cancel is stored.
extension CancelMode {
    static func kept(_ number: Int) -> CancelMode? {
        switch number {
        case 0: nil
        case 2: .afterPicture
        default: .now
        }
    }

    static func number(of mode: CancelMode?) -> Int {
        switch mode {
        case nil: 0
        case .now: 1
        case .afterPicture: 2
        }
    }
}
