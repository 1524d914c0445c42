internal import ImageQueueCore

/// A store broke a law.
public struct LawViolation: Error, CustomStringConvertible {
    /// What should have been, and what was.
    public let message: String
    /// Where in the law.
    public let file: String
    /// Where in the law.
    public let line: Int

    /// The message and the place.
    public var description: String { "\(message) (\(file):\(line))" }
}

/// Throws ``LawViolation`` unless the condition holds.
func expect(
    _ condition: Bool,
    _ message: @autoclosure () -> String,
    file: String = #fileID,
    line: Int = #line
) throws {
    guard condition else { throw LawViolation(message: message(), file: file, line: line) }
}

/// Throws ``LawViolation`` unless both are equal.
func expectEqual<Value: Equatable>(
    _ found: Value,
    _ wanted: Value,
    _ what: @autoclosure () -> String,
    file: String = #fileID,
    line: Int = #line
) throws {
    try expect(found == wanted, "\(what()): found \(found), wanted \(wanted)", file: file, line: line)
}

/// Throws ``LawViolation`` unless there is a value.
func unwrap<Value>(
    _ value: Value?,
    _ what: @autoclosure () -> String,
    file: String = #fileID,
    line: Int = #line
) throws -> Value {
    guard let value else { throw LawViolation(message: "\(what()): missing", file: file, line: line) }
    return value
}

/// Throws ``LawViolation`` unless the body throws a ``QueueError`` of this code.
func expectRefusal<Value>(
    _ code: QueueError.Code,
    _ what: @autoclosure () -> String,
    file: String = #fileID,
    line: Int = #line,
    _ body: () async throws -> Value
) async throws {
    let error: any Error
    do {
        _ = try await body()
        throw LawViolation(message: "\(what()): not refused, wanted \(code)", file: file, line: line)
    } catch let violation as LawViolation {
        throw violation
    } catch let thrown {
        error = thrown
    }
    let found = (error as? QueueError)?.code
    try expect(found == code, "\(what()): refused by \(error), wanted \(code)", file: file, line: line)
}
