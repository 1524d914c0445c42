import ImageQueueCore
import ProcessSupport

/// What the host told at its end.
struct SoakAccount {
    var seconds: Double
    var jobs: Int
    /// Jobs ended, and kB that the process kept in memory then.
    var memory: [(jobs: Int, kilobytes: Int)]
    /// What each cancel was answered, by job.
    var cancels: [String: String]
    var mostOpen: Int
    var mostLeftOver: Int
    var openAtEnd: Int

    init(_ report: JSONObject) throws {
        func objects(_ key: String) -> [Metadata] {
            guard case .array(let values)? = report[key] else { return [] }
            return values.compactMap { if case .object(let members) = $0 { members } else { nil } }
        }
        func number(_ value: JSONValue?) -> Int { if case .integer(let number)? = value { Int(number) } else { 0 } }
        seconds = report.number("seconds") ?? 0
        jobs = number(report["jobs"])
        memory = objects("memory").map { (number($0["jobs"]), number($0["kilobytes"])) }
        let told = objects("cancels").map { ($0["job"]?.stringValue ?? "", $0["outcome"]?.stringValue ?? "") }
        cancels = Dictionary(uniqueKeysWithValues: told)
        mostOpen = number(report["mostOpen"])
        mostLeftOver = number(report["mostLeftOver"])
        openAtEnd = number(report["openAtEnd"])
    }
}
