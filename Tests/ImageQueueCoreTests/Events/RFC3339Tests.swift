import Foundation
import ImageQueueCore
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RFC3339Tests {
    @Test(
        "Known moments",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_399_999, "2000-02-28T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_795_598_625_611, "2026-11-25T09:23:45.611Z"),
            (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ]
    )
    func known(milliseconds: Int, text: String) {
        #expect(RFC3339.text(Date(timeIntervalSince1970: Double(milliseconds) / 1_000)) == text)
    }

    @Test("What no four digits of a year can name is the nearest that they can")
    func beyond() {
        #expect(RFC3339.text(.distantPast) == "0001-01-01T00:00:00.000Z")
        #expect(RFC3339.text(Date(timeIntervalSince1970: 1e30)) == "9999-12-31T23:59:59.999Z")
    }

    @Test("Days of 800 years, as Foundation writes them")
    func days() {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for day in stride(from: 0, to: 292_194, by: 11) {
            // From 1700 on; halves of seconds are exact, so that both have the same milliseconds to write.
            let time = Double(day * 86_400 + day * 7_919 % 86_400 - 8_520_336_000) + (day.isMultiple(of: 2) ? 0.5 : 0)
            let date = Date(timeIntervalSince1970: time)
            let text = RFC3339.text(date)
            if text != date.formatted(style) {
                Issue.record("\(text) is not \(date.formatted(style))")
                return
            }
        }
    }
}
