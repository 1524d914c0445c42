#if canImport(FoundationEssentials)
package import FoundationEssentials
#else
package import Foundation
#endif

/// Times as JSON shows them: RFC 3339 in UTC with milliseconds.
package enum RFC3339 {
    /// The years that have four digits, which is all that the format knows: from the first of 0001 to the last of 9999.
    private static let milliseconds = -62_135_596_800_000.0...253_402_300_799_999

    /// `2026-11-25T09:23:45.611Z`, to the nearest millisecond.
    ///
    /// By hand: Foundation makes a calendar and a time zone first, which takes a command longer than to read its job.
    package static func text(_ date: Date) -> String {
        let exact = date.timeIntervalSince1970 * 1_000
        let instant = Int(min(max(exact, milliseconds.lowerBound), milliseconds.upperBound).rounded())
        let (days, time) = instant.flooredQuotientAndRemainder(dividingBy: 86_400_000)
        let (year, month, day) = civil(daysSince1970: days)
        let (seconds, fraction) = time.quotientAndRemainder(dividingBy: 1_000)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(year, digits: 4, end: "-")
        text.append(month, digits: 2, end: "-")
        text.append(day, digits: 2, end: "T")
        text.append(seconds / 3_600, digits: 2, end: ":")
        text.append(seconds / 60 % 60, digits: 2, end: ":")
        text.append(seconds % 60, digits: 2, end: ".")
        text.append(fraction, digits: 3, end: "Z")
        return String(decoding: text, as: UTF8.self)
    }

    /// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`: years begin in March, so that
    /// the leap day is a year's last; an era is 400 of them.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = (days + 719_468).flooredQuotientAndRemainder(dividingBy: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * fromMarch + 2) / 5 + 1)
    }
}

extension Int {
    fileprivate func flooredQuotientAndRemainder(dividingBy divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ number: Int, digits: Int, end: Unicode.Scalar) {
        var place = (1..<digits).reduce(1) { product, _ in product * 10 }
        while place > 0 {
            append(UInt8(ascii: "0") + UInt8(number / place % 10))
            place /= 10
        }
        append(UInt8(ascii: end))
    }
}
