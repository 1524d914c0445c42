internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore

/// The small questions and orders: progress, health, interrupt. On another session than a drawing, so that one never
/// makes them wait for a connection.
struct ControlClient: Sendable {
    var transport: any ForgeTransport
    var address: ForgeAddress
    /// How long an answer is waited for.
    var timeout: Duration
    /// How long an interrupt may take to be answered once nobody waits for it any more.
    var interruptLifetime: Duration

    /// What Forge says of a task; `nil` where it has no such endpoint (`--nowebui`), or is starting.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func taskProgress(of task: DrawingTask.ID) async throws -> TaskProgress? {
        let body = try JSONEncoder().encode(TaskProgressQuestion(id: task.description))
        let answer = try await exchange(request(.taskProgress, body: body))
        guard answer.status != 404 else { return nil }
        return try decode(TaskProgress.self, answer, .taskProgress)
    }

    /// What Forge says of whatever runs.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func serverProgress(closing: Bool = false) async throws -> ServerProgress {
        var request = request(.progress)
        request.closesConnection = closing
        return try decode(ServerProgress.self, try await exchange(request), .progress)
    }

    /// A question that has left.
    struct Question: Sendable {
        fileprivate let endpoint: ForgeRequest.Endpoint
        fileprivate let outcome: OneShot<Result<ForgeAnswer, TransportError>>
        fileprivate let exchange: any ForgeExchange
        /// How long its answer may take in all: the transport's own limit is anew with every byte.
        fileprivate let limit: Duration
    }

    /// Asks what runs, from whatever thread this is called on. Nobody has to read the answer.
    func askServerProgress(within limit: Duration) -> Question {
        var request = request(.progress)
        request.timeout = min(limit, timeout)
        return send(request)
    }

    /// - Throws: `GenerationError`, `CancellationError`.
    func serverProgress(answering question: Question) async throws -> ServerProgress {
        try decode(ServerProgress.self, try await answer(to: question), .progress)
    }

    /// The names of its checkpoints.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func models() async throws -> [String] {
        try decode(LenientList<ModelEntry>.self, try await exchange(request(.models)), .models).entries.map(\.name)
    }

    /// A list of names; `nil` where Forge has no such list, or one that can't be read.
    ///
    /// - Throws: `GenerationError` if no answer came; `CancellationError`.
    func list<Entry: Decodable & Sendable>(_ endpoint: ForgeRequest.Endpoint) async throws -> [Entry]? {
        var request = request(endpoint)
        request.timeout = min(Self.listTimeout, timeout)
        let answer = try await exchange(request)
        return try? decode(LenientList<Entry>.self, answer, endpoint).entries
    }

    /// Lists are good to know, not needed: nobody waits long for them.
    private static let listTimeout = Duration.seconds(3)

    /// The checkpoint that is chosen for jobs that name none.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func checkpoint() async throws -> String? {
        try decode(OptionsAnswer.self, try await exchange(request(.options)), .options).checkpoint
    }

    /// Its version.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func version() async throws -> String? {
        try decode(SystemAnswer.self, try await exchange(request(.system)), .system).version
    }

    /// The order to stop whatever runs. Who waits for the answer does so for ``timeout`` at most; but Forge has the
    /// order then, and may carry it out as long as its connection is there.
    ///
    /// - Parameter ended: Called once, with the status of the answer as soon as its head is there, or with the end of a
    ///   connection that brought none; also where nobody waits any more.
    /// - Throws: `GenerationError`, `CancellationError`.
    func interrupt(ended: @escaping @Sendable (Result<Int, TransportError>) -> Void) async throws {
        var request = request(.interrupt)
        request.closesConnection = true
        request.timeout = max(timeout, interruptLifetime)
        let isOpen = Lock(true)
        let tell: @Sendable (Result<Int, TransportError>) -> Void = { result in
            let isFirst = isOpen.withLock { isOpen in
                defer { isOpen = false }
                return isOpen
            }
            if isFirst { ended(result) }
        }
        let question = send(
            request,
            limit: timeout,
            onHead: { tell(.success($0)) },
            completion: { tell($0.map(\.status)) }
        )
        let answer = try await answer(to: question)
        guard (200...299).contains(answer.status) else { throw failure(answer, .interrupt) }
    }

    /// The order to take the model out of the graphics card's memory; the next drawing loads it anew.
    ///
    /// - Throws: `GenerationError`, `CancellationError`.
    func unloadCheckpoint() async throws {
        let answer = try await exchange(request(.unloadCheckpoint))
        guard (200...299).contains(answer.status) else { throw failure(answer, .unloadCheckpoint) }
    }

    private func request(_ endpoint: ForgeRequest.Endpoint, body: Data? = nil) -> ForgeRequest {
        ForgeRequest(endpoint: endpoint, body: body, timeout: timeout, closesConnection: false)
    }

    private func exchange(_ request: ForgeRequest) async throws -> ForgeAnswer {
        try await answer(to: send(request))
    }

    /// - Parameter limit: How long the answer is waited for; `nil` for as long as the transport does.
    private func send(
        _ request: ForgeRequest,
        limit: Duration? = nil,
        onHead: @escaping @Sendable (Int) -> Void = { _ in },
        completion: @escaping @Sendable (Result<ForgeAnswer, TransportError>) -> Void = { _ in }
    ) -> Question {
        let outcome = OneShot<Result<ForgeAnswer, TransportError>>()
        let exchange = transport.send(request, onHead: onHead) { result in
            completion(result)
            outcome.fill(result)
        }
        return Question(
            endpoint: request.endpoint,
            outcome: outcome,
            exchange: exchange,
            limit: limit ?? request.timeout
        )
    }

    private func answer(to question: Question) async throws -> ForgeAnswer {
        do {
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await question.outcome.value() }
                group.addTask {
                    // By the true time, as the transport's own limits: it is about a connection, not about a drawing.
                    try await Task.sleep(for: question.limit)
                    question.exchange.abandon()
                    question.outcome.fill(.failure(TransportError(kind: .timedOut, detail: "")))
                }
                defer { group.cancelAll() }
                try await group.next()
                return try await question.outcome.value().get()
            }
        } catch let error as TransportError {
            throw reading(question.endpoint).error(error)
        } catch {
            question.exchange.abandon()
            throw error
        }
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type,
        _ answer: ForgeAnswer,
        _ endpoint: ForgeRequest.Endpoint
    ) throws -> Value {
        guard answer.status == 200 else { throw failure(answer, endpoint) }
        do {
            return try JSONDecoder().decode(type, from: answer.body)
        } catch {
            throw reading(endpoint).malformed("it is not the JSON that Forge sends", cause: error)
        }
    }

    private func failure(_ answer: ForgeAnswer, _ endpoint: ForgeRequest.Endpoint) -> GenerationError {
        reading(endpoint).error(status: answer.status, location: answer.location, body: ErrorBody(answer.body))
    }

    private func reading(_ endpoint: ForgeRequest.Endpoint) -> FailureReading {
        FailureReading(address: address, endpoint: endpoint)
    }
}
