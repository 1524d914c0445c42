/// What the process's exit code says.
enum ExitStatus: Int32, Sendable, Comparable {
    case complete = 0
    case failed = 1
    case cancelled = 2
    case noSuchJob = 3
    case refused = 64
    case forgeUnavailable = 69
    case storeFailed = 74
    case gaveUpWaiting = 75
    case notPermitted = 77

    static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }

    static let help = """
        EXIT CODES
           0  the job is complete (cancel: cancelled); all else: done
           1  the job failed (cancel: it had ended already); doctor: not all is well
           2  the job was cancelled
           3  no such job, Forge or database
          64  wrong usage, or input that was refused
          69  Forge can't be reached or can't draw now
          74  a database or file error
          75  gave up waiting, or the queue is full (cancel: stored, not ended yet)
          77  an owner asked for what only an operator may do
        """
}
