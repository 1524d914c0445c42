/// The measurements as a table of Markdown. It states no verdict.
public enum Table {
    /// The first two lines.
    public static let head = """
        | # | scenario | median (min–max) | floor | ratio (min–max) | to reach · measured elsewhere |
        |---|---|---|---|---|---|
        """

    /// One line.
    public static func line(_ measurement: Figure) -> String {
        let values = measurement.values
        let span = values.count > 1 ? " (\(number(values.least))–\(number(values.greatest)))" : ""
        let floor = measurement.floors.map { number($0.median) } ?? ""
        let ratio = measurement.ratios.map { ratios in
            number(ratios.median)
                + (ratios.count > 1 ? " (\(number(ratios.least))–\(number(ratios.greatest)))" : "")
        }
        let cells = [
            "\(measurement.scenario)", measurement.name, "\(number(values.median)) \(measurement.unit)\(span)", floor,
            ratio ?? "", measurement.reference,
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// Three digits that count, no more.
    public static func number(_ value: Double) -> String {
        let size = value.magnitude
        guard size > 0, size.isFinite else { return "0" }
        guard size < 100 else { return "\(Int(value.rounded()))" }
        let places = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        var text = "\((value * scale).rounded() / scale)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        return text
    }
}
