internal import Foundation
internal import ImageQueueCore

/// A worker as `--json` prints it.
struct WorkerRecord: Encodable {
    let worker: WorkerStatus

    private enum Key: String, CodingKey {
        case workerID = "worker_id"
        case host
        case processID = "process_id"
        case backends, holds, scope, alive
        case jobIDs = "job_ids"
        case startedAt = "started_at"
    }

    func encode(to encoder: any Encoder) throws {
        let registration = worker.registration
        var fields = encoder.container(keyedBy: Key.self)
        try fields.encode("\(registration.id)", forKey: .workerID)
        try fields.encode(registration.host, forKey: .host)
        try fields.encode(registration.processID, forKey: .processID)
        try fields.encode(registration.backends.map { "\($0)" }, forKey: .backends)
        try fields.encode(worker.holds.map { "\($0)" }, forKey: .holds)
        try fields.encode(registration.scope.word, forKey: .scope)
        try fields.encode(worker.isAlive, forKey: .alive)
        try fields.encode(worker.jobs, forKey: .jobIDs)
        try fields.encode(RFC3339.text(worker.startedAt), forKey: .startedAt)
    }
}

extension WorkerScope {
    /// The word for it in listings.
    var word: String {
        switch self {
        case .anyJob: "any"
        case .reservedJobs: "reserved"
        case .jobs: "named"
        }
    }
}
