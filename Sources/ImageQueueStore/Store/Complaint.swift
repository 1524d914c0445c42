internal import ImageQueueCore
internal import Logging

/// What a transaction could not do as it should have, to be logged once it is committed.
enum Complaint: Sendable {
    /// A worker's version can't read a job.
    case setAside(JobID, JobFailure)
    /// A message can't be changed at its job's end.
    case refused(MessageID, reason: String)

    func log(to logger: Logger) {
        switch self {
        case .setAside(let job, let failure):
            logger.warning(
                "a job can't be read, and was set aside as failed",
                metadata: [
                    "imagequeue.job.id": "\(job)",
                    "error.code": "\(failure.code.rawValue)",
                    "error.message": "\(failure.message)",
                ]
            )
        case .refused(let message, let reason):
            logger.warning(
                "a job has ended, but its message can't be changed",
                metadata: ["imagequeue.message.id": "\(message)", "error.message": "\(reason)"]
            )
        }
    }
}
