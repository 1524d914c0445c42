internal import Foundation
internal import ImageQueueConcurrency

/// The memory of a simulator: all requests and generations, and a copy of them in a file of JSON lines.
final class Journal: Sendable {
    fileprivate struct State {
        var requests: [RequestRecord] = []
        var generations: [GenerationRecord] = []
        /// How many of the oldest have been dropped.
        var requestsDropped = 0
        var generationsDropped = 0
        var running: [Int: String] = [:]
        var mostAtOnce = 0
    }

    private let state = Lock(State())
    private let file: JournalFile?
    private let limit: Int

    /// - Parameter limit: records of each kind to keep; past it the oldest half is dropped.
    init(file: URL?, limit: Int) throws {
        self.file = try file.map { try JournalFile($0) }
        self.limit = max(2, limit)
    }

    var requests: [RequestRecord] { state.withLock(\.requests) }
    var generations: [GenerationRecord] { state.withLock(\.generations) }
    var mostGenerationsAtOnce: Int { state.withLock(\.mostAtOnce) }

    /// The task whose generation runs now.
    var activeTask: String? { state.withLock { $0.running.values.first } }

    func arrive(_ request: HTTPRequest, taskID: String?) -> Int {
        state.withLock { state in
            if state.requests.count >= limit {
                state.requestsDropped += limit / 2
                state.requests.removeFirst(limit / 2)
            }
            let id = state.requestsDropped + state.requests.count + 1
            state.requests.append(
                RequestRecord(
                    id: id,
                    method: request.method,
                    path: request.path,
                    query: request.query,
                    body: request.body,
                    taskID: taskID,
                    began: request.began,
                    arrived: .now,
                    arrivedAt: Date(),
                    activeAtArrival: state.running.values.first
                )
            )
            return id
        }
    }

    func note(_ id: Int, _ change: (inout RequestRecord) -> Void) {
        _ = state.withLock { $0.change(request: id, change) }
    }

    /// Notes that the answer is ready to be sent, while the record can still tell what ran at that moment.
    func ready(_ id: Int) {
        state.withLock { state in
            let active = state.running.values.first
            state.change(request: id) { $0.activeAtAnswer = active }
        }
    }

    func close(_ id: Int, _ change: (inout RequestRecord) -> Void) {
        let record = state.withLock { state in
            state.change(request: id) { record in
                change(&record)
                record.answered = .now
            }
        }
        if let record { file?.append(record) }
    }

    func start(_ taskID: String, path: String, prompt: String, stepsAsked: Int) -> Int {
        let record = state.withLock { state in
            if state.generations.count >= limit {
                state.generationsDropped += limit / 2
                state.generations.removeFirst(limit / 2)
            }
            let record = GenerationRecord(
                id: state.generationsDropped + state.generations.count + 1,
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
        _ = state.withLock { $0.change(generation: id, change) }
    }

    func end(_ id: Int, failure: String? = nil) {
        let record = state.withLock { state in
            state.running[id] = nil
            return state.change(generation: id) { record in
                record.ended = .now
                if let failure { record.failure = failure }
            }
        }
        if let record { file?.append(record, event: "generation_ended") }
    }
}

extension Journal.State {
    /// - Returns: The changed record, or `nil` if it has been dropped.
    @discardableResult
    fileprivate mutating func change(request id: Int, _ change: (inout RequestRecord) -> Void) -> RequestRecord? {
        let place = id - 1 - requestsDropped
        guard place >= 0 else { return nil }
        change(&requests[place])
        return requests[place]
    }

    /// - Returns: The changed record, or `nil` if it has been dropped.
    @discardableResult
    fileprivate mutating func change(generation id: Int, _ change: (inout GenerationRecord) -> Void)
        -> GenerationRecord?
    {
        let place = id - 1 - generationsDropped
        guard place >= 0 else { return nil }
        change(&generations[place])
        return generations[place]
    }
}
