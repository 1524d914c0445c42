/// One caller that waits for work done on a thread of the library. The type of its result is its own affair.
protocol ThreadRequest<Context>: AnyObject, Sendable {
    associatedtype Context

    /// Runs the body and keeps its value. The value of an earlier run is forgotten.
    func run(on context: Context) throws

    /// Answers the caller, once: with the error, or with the value of the last run.
    func answer(_ error: (any Error)?)
}

/// @unchecked: made by its caller, handed over under a ``Monitor``'s lock, and from then on used by one thread alone.
final class TypedThreadRequest<Context, Value: Sendable>: ThreadRequest, @unchecked Sendable {
    private let body: @Sendable (Context) throws -> Value
    private let continuation: CheckedContinuation<Value, any Error>
    private var value: Value?

    init(
        _ body: @escaping @Sendable (Context) throws -> Value,
        answering continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(on context: Context) throws {
        value = nil
        value = try body(context)
    }

    func answer(_ error: (any Error)?) {
        if let error {
            continuation.resume(throwing: error)
        } else if let value {
            continuation.resume(returning: value)
        } else {
            continuation.resume(throwing: StoreError(.programError, "A request was answered before it was run."))
        }
    }
}

/// A request that nobody awaits: its end is told to a closure, on whichever thread answers.
final class PostedThreadRequest<Context>: ThreadRequest, Sendable {
    private let body: @Sendable (Context) throws -> Void
    private let then: @Sendable ((any Error)?) -> Void

    init(
        _ body: @escaping @Sendable (Context) throws -> Void,
        then: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.body = body
        self.then = then
    }

    func run(on context: Context) throws { try body(context) }
    func answer(_ error: (any Error)?) { then(error) }
}
