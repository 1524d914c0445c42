import ImageQueueCore
import ProcessSupport
import Testing

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

    /// What is missing in the report is an error: a limit would be kept by nothing, too.
    init(_ report: JSONObject) throws {
        func objects(_ key: String) throws -> [Metadata] {
            guard case .array(let values)? = report[key] else { return try #require(nil, "\(key) is missing") }
            return try values.map { value in
                guard case .object(let members) = value else { return try #require(nil, "\(key): \(value)") }
                return members
            }
        }
        func number(_ value: JSONValue?, _ key: String) throws -> Int {
            guard case .integer(let number)? = value else { return try #require(nil, "\(key) is missing") }
            return Int(number)
        }
        func text(_ value: JSONValue?, _ key: String) throws -> String { try #require(value?.stringValue, "\(key)") }
        seconds = try #require(report.number("seconds"))
        jobs = try number(report["jobs"], "jobs")
        memory = try objects("memory").map {
            (try number($0["jobs"], "jobs"), try number($0["kilobytes"], "kilobytes"))
        }
        let told = try objects("cancels").map { (try text($0["job"], "job"), try text($0["outcome"], "outcome")) }
        cancels = Dictionary(uniqueKeysWithValues: told)
        mostOpen = try number(report["mostOpen"], "mostOpen")
        mostLeftOver = try number(report["mostLeftOver"], "mostLeftOver")
        openAtEnd = try number(report["openAtEnd"], "openAtEnd")
    }
}
