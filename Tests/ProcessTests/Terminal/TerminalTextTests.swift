import Testing

@testable import iqctl

@Suite(.timeLimit(.minutes(1)))
struct TerminalTextTests {
    @Test(
        "What could move the cursor or turn the line is taken out",
        arguments: [
            ("kedi çiz", "kedi çiz"), ("a\nb\tc\r", "a b c "), ("\u{1B}[31mred", "\u{FFFD}[31mred"),
            ("\u{9B}2J\u{7F}\u{0}", "\u{FFFD}2J\u{FFFD}\u{FFFD}"), ("abc\u{202E}fed", "abcfed"),
            ("x\u{2028}y\u{85}z", "x y z"),
        ]
    )
    func safe(text: String, line: String) {
        #expect(TerminalText.line(text) == line)
    }

    @Test(
        "Widths are columns",
        arguments: [("kedi", 4), ("çiz", 3), ("c\u{327}iz", 3), ("猫を描く", 8), ("👩‍🚀", 2), ("❤️", 2), ("שלום", 4)]
    )
    func width(text: String, columns: Int) {
        #expect(TerminalText.width(of: text) == columns)
    }

    @Test("A text is cut between characters, never wider than asked", arguments: 1...12)
    func truncation(columns: Int) {
        let cut = TerminalText.truncated("猫a👩‍🚀bカードç", columns: columns)
        #expect(TerminalText.width(of: cut) <= columns)
    }

    @Test("A column holds few marks, however many the text has")
    func marks() {
        let text = "e" + String(repeating: "\u{301}", count: 10_000) + " kedi"
        #expect(TerminalText.truncated(text, columns: 20).unicodeScalars.count < 200)
        #expect(TerminalText.truncated("ke\u{301}di", columns: 20) == "ke\u{301}di")
    }

    @Test("Right-to-left text is isolated from what stands around it")
    func isolated() {
        #expect(TerminalText.quoted("שלום", columns: 20) == "“\u{2068}שלום\u{2069}”")
        #expect(TerminalText.quoted("kedi", columns: 20) == "“kedi”")
    }
}
