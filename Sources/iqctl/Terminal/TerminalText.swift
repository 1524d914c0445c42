/// Makes foreign text (prompts, error messages, names) safe and tidy on a terminal.
enum TerminalText {
    /// One line without control characters, so that no prompt can move the cursor, colour the screen or answer for the
    /// terminal, and without characters that turn the direction of what stands beside it.
    static func line(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isSpacing(scalar) {
                result.append(" ")
            } else if isControl(scalar) {
                result.append("\u{FFFD}")
            } else if !isDirectional(scalar) {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// A line of at most `columns`, in marks that keep right-to-left text from turning what stands around it.
    static func quoted(_ text: String, columns: Int) -> String {
        let line = line(text)
        let short = truncated(line, columns: columns - 2)
        let open = hasRightToLeft(short) ? "\u{2068}" : ""
        let close = open.isEmpty ? "" : "\u{2069}"
        return "“\(open)\(short)\(close)”"
    }

    /// The beginning that fits into so many columns, with an ellipsis if something is missing. Any number of marks may
    /// stand in one column: a terminal would draw them over the lines around it.
    static func truncated(_ line: String, columns: Int) -> String {
        let scalars = max(columns, 1) * 8
        guard width(of: line) > columns || line.unicodeScalars.count > scalars else { return line }
        var used = (columns: 1, scalars: 0)
        var result = ""
        for character in line {
            used.columns += width(of: character)
            used.scalars += character.unicodeScalars.count
            if used.columns > columns || used.scalars > scalars { break }
            result.append(character)
        }
        return result + "…"
    }

    /// How many columns a line takes.
    static func width(of line: String) -> Int { line.reduce(0) { $0 + width(of: $1) } }

    private static func width(of character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        if first.properties.isEmojiPresentation { return 2 }
        if character.unicodeScalars.contains("\u{FE0F}") { return 2 }
        return wide.contains { $0.contains(first.value) } ? 2 : 1
    }

    /// The blocks whose characters are Wide or Fullwidth (Unicode Standard Annex #11), as whole blocks.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
        0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6,
        0x17000...0x18AFF, 0x1B000...0x1B2FF, 0x20000...0x3FFFD,
    ]

    private static func isSpacing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.generalCategory == .control }

    /// Bidi_Control of the Unicode Character Database.
    private static func isDirectional(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    private static func hasRightToLeft(_ text: String) -> Bool {
        text.unicodeScalars.contains { scalar in
            switch scalar.value {
            case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFF, 0x10800...0x10FFF, 0x1E800...0x1EFFF: true
            default: false
            }
        }
    }
}
