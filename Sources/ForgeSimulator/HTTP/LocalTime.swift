internal import Foundation

/// Dates in the forms that Forge shows.
enum LocalTime {
    struct Components {
        let year, month, day, hour, minute, second, weekday: Int
    }

    static func components(of date: Date, in zone: TimeZone) -> Components {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: date)
        return Components(
            year: parts.year ?? 1970,
            month: parts.month ?? 1,
            day: parts.day ?? 1,
            hour: parts.hour ?? 0,
            minute: parts.minute ?? 0,
            second: parts.second ?? 0,
            weekday: parts.weekday ?? 1
        )
    }

    static func digits(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    /// "yyyyMMddHHmmss", the form of `job_timestamp`.
    static func jobTimestamp(_ date: Date = Date()) -> String {
        let parts = components(of: date, in: .current)
        return digits(parts.year, 4)
            + [parts.month, parts.day, parts.hour, parts.minute, parts.second].map { digits($0, 2) }.joined()
    }
}
