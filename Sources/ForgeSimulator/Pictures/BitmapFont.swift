/// Letters of five by seven pixels: what a caption on a placeholder needs.
enum BitmapFont {
    static let width = 5
    static let height = 7

    /// Seven rows of five bits, the highest bit on the left; unknown characters are blank.
    static func rows(of character: Character) -> [UInt8] {
        glyphs[character] ?? [0, 0, 0, 0, 0, 0, 0]
    }

    private static let glyphs: [Character: [UInt8]] = [
        "0": [14, 17, 19, 21, 25, 17, 14], "1": [4, 12, 4, 4, 4, 4, 14], "2": [14, 17, 1, 2, 4, 8, 31],
        "3": [31, 2, 4, 2, 1, 17, 14], "4": [2, 6, 10, 18, 31, 2, 2], "5": [31, 16, 30, 1, 1, 17, 14],
        "6": [6, 8, 16, 30, 17, 17, 14], "7": [31, 1, 2, 4, 8, 8, 8], "8": [14, 17, 17, 14, 17, 17, 14],
        "9": [14, 17, 17, 15, 1, 2, 12], "A": [14, 17, 17, 31, 17, 17, 17], "D": [30, 17, 17, 17, 17, 17, 30],
        "E": [31, 16, 16, 30, 16, 16, 31], "I": [14, 4, 4, 4, 4, 4, 14], "L": [16, 16, 16, 16, 16, 16, 31],
        "M": [17, 27, 21, 21, 17, 17, 17], "P": [30, 17, 17, 30, 16, 16, 16], "S": [15, 16, 16, 14, 1, 1, 30],
        "T": [31, 4, 4, 4, 4, 4, 4], "U": [17, 17, 17, 17, 17, 17, 14], "-": [0, 0, 0, 31, 0, 0, 0],
        "/": [1, 1, 2, 4, 8, 16, 16],
    ]
}
