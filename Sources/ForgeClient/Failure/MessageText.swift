internal import Foundation

/// Makes text that came from elsewhere fit for a message to people.
enum MessageText {
    /// One line of at most `limit` characters of at most eight scalars each: control and format characters gone, long
    /// runs without a space cut (a validation error may echo a whole picture in base64).
    static func clean(_ text: String, limit: Int = 300) -> String {
        var result = ""
        var wordLength = 0
        var count = 0
        for character in text {
            guard count < limit else { return result + "…" }
            if character.isWhitespace {
                guard !result.isEmpty, result.last != " " else { continue }
                result.append(" ")
                wordLength = 0
                count += 1
                continue
            }
            guard !character.unicodeScalars.contains(where: isHidden) else { continue }
            wordLength += 1
            if wordLength > longestWord {
                if wordLength == longestWord + 1 { result.append("…") }
                continue
            }
            result.unicodeScalars.append(contentsOf: character.unicodeScalars.prefix(8))
            count += 1
        }
        return result.trimmingCharacters(in: .whitespaces)
    }

    private static let longestWord = 80

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
