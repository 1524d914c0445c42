internal import Foundation

/// JSON on one line.
enum JSONLine {
    /// The object, with sorted keys. Control characters beyond ASCII's are escaped too, since a terminal may obey them
    /// (ECMA-48, C1); in JSON they stand in strings only, so that every one can be escaped.
    static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var result = String.UnicodeScalarView()
        for scalar in String(decoding: try encoder.encode(value), as: UTF8.self).unicodeScalars {
            if (0x7F...0x9F).contains(scalar.value) {
                result.append(contentsOf: "\\u00\(String(scalar.value, radix: 16))".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
