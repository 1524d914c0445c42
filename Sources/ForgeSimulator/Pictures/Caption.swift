/// Lines of text at the foot of a picture, as large as the width allows.
struct Caption {
    /// What a row of pixels shows.
    enum Row: Equatable {
        case outside
        /// Blank paper between the lines.
        case blank
        case text(line: Int, dots: Int)
    }

    private let lines: [[Character]]
    private let scale: Int
    private let top: Int
    private let bottom: Int
    private static let lineHeight = BitmapFont.height + 2
    private static let advance = BitmapFont.width + 1

    init(lines: [String], width: Int, height: Int) {
        self.lines = lines.map { Array($0) }
        let longest = self.lines.map(\.count).max() ?? 0
        let wanted = max(1, min(width / max(1, (longest + 1) * Self.advance), 6))
        scale = wanted
        bottom = height
        top = max(0, height - (lines.count * Self.lineHeight + 2) * wanted)
    }

    func row(at y: Int) -> Row {
        guard y >= top, y < bottom else { return .outside }
        let dot = (y - top) / scale - 2
        guard dot >= 0 else { return .blank }
        let line = dot / Self.lineHeight
        let inside = dot % Self.lineHeight
        guard line < lines.count, inside < BitmapFont.height else { return .blank }
        return .text(line: line, dots: inside)
    }

    /// Which pixels of a row are of a letter.
    func dots(in row: Row, width: Int) -> [Bool] {
        var result = [Bool](repeating: false, count: width)
        guard case .text(let line, let dots) = row else { return result }
        for (place, character) in lines[line].enumerated() {
            let bits = BitmapFont.rows(of: character)[dots]
            for column in 0..<BitmapFont.width where bits & (1 << UInt8(BitmapFont.width - 1 - column)) != 0 {
                let start = (place * Self.advance + column + 2) * scale
                for x in start..<start + scale where x < width { result[x] = true }
            }
        }
        return result
    }
}
