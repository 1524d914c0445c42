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
        arguments: [
            "", "-", "a", "a-", "-1", "a-x", "a-1.5", "a- 1", "a-9223372036854775808", "a-0x1", "a-1-", "a-+1", "a-١",
        ]
    )
    func refusal(text: String) {
        #expect(EventCursor(text) == nil)
    }

    @Test(
        "may be a number alone, in plain digits",
        arguments: [
            ("0", 0), ("17", 17), ("9223372036854775807", .max), ("9223372036854775808", nil), ("", nil), ("-1", nil),
            ("+1", nil), ("1.0", nil), (" 1", nil), ("١", nil), ("1e3", nil),
        ] as [(String, Int64?)]
    )
    func numbers(text: String, number: Int64?) {
        #expect(EventCursor.sequence(text) == number)
    }
}
