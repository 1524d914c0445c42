/// The checks that requests and submissions share.
enum FieldRule {
    static func refusal(_ field: String, _ complaint: String) -> QueueError {
        QueueError(code: .invalidRequest, message: "\(field) \(complaint).")
    }

    static func text(_ field: String, _ value: String, bytes: ClosedRange<Int>) throws {
        let count = value.utf8.count
        guard bytes.contains(count) else {
            let range = count < bytes.lowerBound ? "must not be empty" : "must be at most \(bytes.upperBound) bytes"
            throw refusal(field, count < bytes.lowerBound ? range : "\(range) of UTF-8, not \(count)")
        }
        let least = value.utf8.withContiguousStorageIfAvailable { leastByte(of: $0) } ?? value.utf8.min() ?? 1
        guard least > 0 else { throw refusal(field, "must not contain a NUL byte") }
    }

    /// Looked through to the end, which takes sixteen at a time, where a search takes one.
    private static func leastByte(of bytes: UnsafeBufferPointer<UInt8>) -> UInt8 {
        var least = UInt8.max
        for byte in bytes { least = min(least, byte) }
        return least
    }

    /// A name that people and programs pass around: no control characters, so that it prints on one line.
    static func name(_ field: String, _ value: String) throws {
        try text(field, value, bytes: 0...255)
        // All of Unicode's category Cc: to ask for a scalar's category takes much longer.
        guard !value.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            throw refusal(field, "must not contain control characters")
        }
    }

    static func size(_ field: String, _ value: Int) throws {
        guard (64...4096).contains(value), value.isMultiple(of: 8) else {
            throw refusal(field, "must be a multiple of 8 from 64 to 4096, not \(value)")
        }
    }

    static func seed(_ field: String, _ value: Int64) throws {
        guard value == -1 || (0...Int64(UInt32.max)).contains(value) else {
            throw refusal(field, "must be -1 (chosen at submit) or 0 to \(UInt32.max), not \(value)")
        }
    }

    static func range<Value: Comparable>(_ field: String, _ value: Value, _ range: ClosedRange<Value>) throws {
        guard range.contains(value) else {
            throw refusal(field, "must be \(range.lowerBound) to \(range.upperBound), not \(value)")
        }
    }
}
