import Foundation
import ImageQueueCore
import Testing

@testable import iqctl

@Suite(.timeLimit(.minutes(1)))
struct ProgressTextTests {
    private func event(
        _ status: String,
        progress: Int? = nil,
        position: Int? = nil,
        left: Duration? = nil
    ) -> JobEvent {
        JobEvent(
            kind: .progress,
            isFinal: false,
            cursor: EventCursor(log: "a", sequence: 1),
            at: .now,
            jobID: .make(),
            attempt: 1,
            status: status,
            progress: progress,
            position: position,
            estimated: left
        )
    }

    @Test("A waiting job shows its place, a drawn one its share")
    func words() {
        let text = ProgressText(columns: 80, isUnicode: false)
        #expect(text.words(for: event("queued", position: 3)) == "QUEUED, position 3")
        let drawn = event("processing", progress: 42, left: .seconds(65))
        #expect(text.words(for: drawn) == "42 %, about 1 min 5 s left")
        #expect(text.line(for: drawn).hasPrefix("[################........................] 42 %"))
    }

    @Test("The line always fits, whatever the width", arguments: [1, 10, 20, 40, 80, 300], [true, false])
    func fits(columns: Int, isUnicode: Bool) {
        let text = ProgressText(columns: columns, isUnicode: isUnicode)
        for percent in [0, 1, 50, 99, 100] {
            let line = text.line(for: event("processing", progress: percent, left: .seconds(3)))
            #expect(TerminalText.width(of: line) <= max(1, columns - 1))
        }
        let end = text.line(percent: 100, words: "100 %, COMPLETE after 12 min 34 s")
        #expect(TerminalText.width(of: end) <= max(1, columns - 1))
    }

    @Test("The bar has one length", arguments: 0...100)
    func bar(percent: Int) {
        for isUnicode in [true, false] {
            let bar = ProgressText(columns: 80, isUnicode: isUnicode).bar(percent: percent, columns: 30)
            #expect(TerminalText.width(of: bar) == 32)
        }
    }

    @Test(
        "Durations as people say them",
        arguments: [(4.4, "4 s"), (65, "1 min 5 s"), (7390, "2 h 3 min"), (-1, "0 s")]
    )
    func time(seconds: Double, text: String) {
        #expect(TimeText.text(.seconds(seconds)) == text)
    }
}
