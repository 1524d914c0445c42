import Foundation
import Synchronization

/// The memory of a simulator: all requests and generations, and a copy of them in a file of JSON lines.
final class Journal: Sendable {
    private struct State {
        var requests: [RequestRecord] = []
        var generations: [GenerationRecord] = []
        var running: [Int: String] = [:]
        var mostAtOnce = 0
    }

    private let state = Mutex(State())
    private let file: JournalFile?

    init(file: URL?) throws { self.file = try file.map { try JournalFile($0) } }

    var requests: [RequestRecord] { state.withLock(\.requests) }
    var generations: [GenerationRecord] { state.withLock(\.generations) }
    var mostGenerationsAtOnce: Int { state.withLock(\.mostAtOnce) }

    /// The task whose generation runs now.
    var activeTask: String? { state.withLock { $0.running.values.first } }

    func arrive(_ request: HTTPRequest, taskID: String?) -> Int {
        state.withLock { state in
            let id = state.requests.count + 1
            state.requests.append(
                RequestRecord(
                    id: id,
                    method: request.method,
                    path: request.path,
                    query: request.query,
                    body: request.body,
                    taskID: taskID,
                    arrived: .now,
                    arrivedAt: Date(),
                    activeAtArrival: state.running.values.first
                )
            )
            return id
        }
    }

    func note(_ id: Int, _ change: (inout RequestRecord) -> Void) {
        state.withLock { change(&$0.requests[id - 1]) }
    }

    /// Notes that the answer is ready to be sent, while the record can still tell what ran at that moment.
    func ready(_ id: Int) {
        state.withLock { $0.requests[id - 1].activeAtAnswer = $0.running.values.first }
    }

    func close(_ id: Int, _ change: (inout RequestRecord) -> Void) {
        let record = state.withLock { state in
            change(&state.requests[id - 1])
            state.requests[id - 1].answered = .now
            return state.requests[id - 1]
        }
        file?.append(record)
    }

    func start(_ taskID: String, path: String, prompt: String, stepsAsked: Int) -> Int {
        let record = state.withLock { state in
            let record = GenerationRecord(
                id: state.generations.count + 1,
                taskID: taskID,
                path: path,
                prompt: prompt,
                started: .now,
                startedAt: Date(),
                stepsAsked: stepsAsked
            )
            state.generations.append(record)
            state.running[record.id] = taskID
            state.mostAtOnce = max(state.mostAtOnce, state.running.count)
            return record
        }
        file?.append(record, event: "generation_started")
        return record.id
    }

    func change(_ id: Int, _ change: (inout GenerationRecord) -> Void) {
        state.withLock { change(&$0.generations[id - 1]) }
    }

    func end(_ id: Int, failure: String? = nil) {
        let record = state.withLock { state in
            state.running[id] = nil
            state.generations[id - 1].ended = .now
            if let failure { state.generations[id - 1].failure = failure }
            return state.generations[id - 1]
        }
        file?.append(record, event: "generation_ended")
    }
}
