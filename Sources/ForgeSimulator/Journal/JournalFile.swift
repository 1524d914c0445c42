internal import Foundation
internal import ImageQueueConcurrency

/// Appends a JSON line for each event, so that a simulator in another process can be examined.
///
/// On whatever thread it happens, before the answer leaves: killed at once, it has told all that it answered.
final class JournalFile: Sendable {
    private let handle: Lock<FileHandle>

    init(_ url: URL) throws {
        if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
        let handle = try FileHandle(forWritingTo: url)
        try handle.seekToEnd()
        self.handle = Lock(handle)
    }

    func append(_ record: RequestRecord) {
        var line: JSONObject = [
            "event": "request", "id": JSONValue(record.id), "time": .double(record.arrivedAt.timeIntervalSince1970),
            "method": .string(record.method), "path": .string(record.path), "query": .string(record.query),
            "task_id": JSONValue(record.taskID), "active_at_arrival": JSONValue(record.activeAtArrival),
            "active_at_answer": JSONValue(record.activeAtAnswer),
            "status": record.status.map { JSONValue($0) } ?? .null,
            "body_bytes": JSONValue(record.body.count), "answer_bytes": JSONValue(record.answerBytes),
            "client_was_gone": .bool(record.clientWasGone), "fault": JSONValue(record.fault),
        ]
        line["elapsed"] = record.answered.map { .double(Self.seconds(record.arrived.duration(to: $0))) } ?? .null
        write(line)
    }

    func append(_ record: GenerationRecord, event: String) {
        var line: JSONObject = [
            "event": .string(event), "id": JSONValue(record.id),
            "time": .double(record.startedAt.timeIntervalSince1970), "path": .string(record.path),
            "task_id": .string(record.taskID), "prompt": .string(record.prompt), "seed": JSONValue(record.seed),
            "steps_done": JSONValue(record.stepsDone), "steps_asked": JSONValue(record.stepsAsked),
            "interrupted": .bool(record.interrupted), "skips": JSONValue(record.skips),
            "pictures": JSONValue(record.pictures), "failure": JSONValue(record.failure),
        ]
        line["elapsed"] = record.ended.map { .double(Self.seconds(record.started.duration(to: $0))) } ?? .null
        write(line)
    }

    private func write(_ line: JSONObject) {
        let text = JSONWriter.answer.string(.object(line)) + "\n"
        // A full disk must not stop the simulation; the record in memory stays complete.
        handle.withLock { try? $0.write(contentsOf: Data(text.utf8)) }
    }

    private static func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
}
