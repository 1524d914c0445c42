import ImageQueueCore
import Testing

@Suite("Event cursors", .timeLimit(.minutes(1)))
struct EventCursorTests {
    @Test(
        "are read as they are written",
        arguments: [("a1b2", 0), ("a1b2", 7), ("x", Int64.max), ("with-dash", 3)] as [(String, Int64)]
    )
    func roundTrip(log: String, sequence: Int64) {
        let cursor = EventCursor(log: log, sequence: sequence)
        #expect(cursor.description == "\(log)-\(sequence)")
        #expect(EventCursor(cursor.description) == cursor)
    }

    @Test(
        "are nothing else",
        arguments: ["", "-", "a", "a-", "-1", "a-x", "a-1.5", "a- 1", "a-9223372036854775808", "a-0x1", "a-1-"]
    )
    func refusal(text: String) {
        #expect(EventCursor(text) == nil)
    }
}
