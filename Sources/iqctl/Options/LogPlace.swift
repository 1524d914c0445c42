internal import ArgumentParser
internal import ImageQueueCore

/// A place in the event log as a person types it: a cursor, or a number alone.
enum LogPlace: ExpressibleByArgument {
    case cursor(EventCursor)
    case sequence(Int64)

    init?(argument: String) {
        if let sequence = EventCursor.sequence(argument) {
            self = .sequence(sequence)
        } else if let cursor = EventCursor(argument) {
            self = .cursor(cursor)
        } else {
            return nil
        }
    }

    /// The place; a number's is in the log as it is now.
    func cursor(in queue: ImageQueue) async throws -> EventCursor {
        switch self {
        case .cursor(let cursor): cursor
        case .sequence(let sequence): try await queue.cursor(atSequence: sequence)
        }
    }
}
