public import Foundation

/// One request that reached the simulator, and what became of it.
public struct RequestRecord: Sendable, Identifiable {
    /// Counts from 1 in the order of arrival.
    public var id: Int
    /// "GET", "POST" …
    public var method: String
    /// The path without the query.
    public var path: String
    /// The query without its question mark.
    public var query: String
    /// The body as it came.
    public var body: [UInt8]
    /// The `force_task_id` or `id_task` of the body.
    public var taskID: String?
    /// When its first bytes, its head, had been read.
    public var began: ContinuousClock.Instant
    /// When the whole request had been read.
    public var arrived: ContinuousClock.Instant
    /// The same by the wall clock.
    public var arrivedAt: Date
    /// The task whose generation ran at that moment.
    public var activeAtArrival: String?
    /// When the answer had been handed to the socket, or given up; `nil` while it is being made.
    public var answered: ContinuousClock.Instant?
    /// The task whose generation ran when the answer was ready, before it was sent.
    public var activeAtAnswer: String?
    /// The HTTP status; `nil` while there is none, or where a fault swallowed it.
    public var status: Int?
    /// Bytes of the body that was answered.
    public var answerBytes = 0
    /// Whether the client was gone before the answer could be written.
    public var clientWasGone = false
    /// The fault that met it, in words.
    public var fault: String?
}
