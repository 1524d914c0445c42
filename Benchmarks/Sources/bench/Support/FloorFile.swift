internal import BenchSupport
internal import Floor

/// A database driven by raw calls: see `floor.h`.
final class FloorFile {
    let path: String
    private let file: OpaquePointer

    /// - Parameter checkpointPages: as SQLite's `wal_autocheckpoint`: its own default.
    init(_ path: String, checkpointPages: Int32 = 1_000) throws {
        guard let opened = floor_open(path, checkpointPages) else { throw Failure("\(path) can't be opened") }
        self.path = path
        file = opened
    }

    deinit { floor_close(file) }

    /// Answers how long each transaction took, in seconds.
    @discardableResult
    func submit(_ texts: JobTexts, count: Int, per transaction: Int = 1) throws -> [Double] {
        var times = [Int64](repeating: 0, count: (count + transaction - 1) / transaction)
        try check(texts.withTexts { floor_submit(file, $0, Int64(count), Int64(transaction), &times) })
        return times.map { Double($0) / 1e9 }
    }

    /// ``submit(_:count:per:)`` and ``cycle(_:count:)`` on a file that copies no log by itself: that is done between parts of so
    /// many pages as SQLite lets the log grow to, and not counted.
    ///
    /// - Returns: the time of all, in seconds.
    func withoutCopying(parts: Int, _ part: () throws -> Void) throws -> Double {
        var sum = 0.0
        for _ in 0..<parts {
            let began = ContinuousClock.now
            try part()
            sum += began.duration(to: .now) / .seconds(1)
            try run("PRAGMA wal_checkpoint(PASSIVE)")
        }
        return sum
    }

    func cycle(_ texts: JobTexts, count: Int) throws {
        try check(texts.withTexts { floor_cycle(file, $0, Int64(count)) })
    }

    func cancel(owner: String, content: String, patch: String, body: String) throws {
        try check(floor_cancel(file, owner, content, patch, body))
    }

    func run(_ sql: String) throws { try check(floor_run(file, sql)) }

    func integer(_ sql: String) -> Int64 { floor_integer(file, sql) }

    func text(_ sql: String) -> String? {
        guard let text = floor_text(file, sql) else { return nil }
        defer { text.deallocate() }
        return String(cString: text)
    }

    /// Answers how long each of `count` runs of a query took, in seconds; or one for each argument.
    func time(_ sql: String, count: Int) throws -> [Double] {
        var times = [Int64](repeating: 0, count: count)
        try check(floor_time(file, sql, nil, Int64(count), &times))
        return times.map { Double($0) / 1e9 }
    }

    private func check(_ code: Int32) throws {
        guard code == 0 else { throw Failure("SQLite \(code): \(String(cString: floor_message(file)))") }
    }
}

/// What went wrong, for whoever runs the bench.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
