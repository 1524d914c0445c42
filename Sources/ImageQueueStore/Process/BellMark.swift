/// What the doorbell's file says of the database beside it: which log it holds, in which file,
/// and how far that log had got.
///
/// It is written after commits, and so may be behind the database. That it is ahead can only be when the database went
/// back in time. A power cut doesn't look like that: what is read here after a commit was synced before anybody could
/// read it.
struct BellMark: Sendable, Equatable {
    /// The log's identity.
    var log: String
    /// The number that the file system knows the database file by: a copy has another one.
    var file: UInt64
    /// The greatest event number that was committed.
    var sequence: Int64

    /// Whether it stands for the same log in the same file, and has seen nothing that this one doesn't know.
    func vouches(for database: BellMark) -> Bool {
        isOfSameLog(as: database) && sequence <= database.sequence
    }

    /// What is to be written over `old`. Two processes may write in another order than they committed, so the greater
    /// number stays. A mark of another log stays as well: whoever opens the database next must see it.
    func written(over old: BellMark?) -> BellMark {
        guard let old else { return self }
        guard isOfSameLog(as: old) else { return old }
        return BellMark(log: log, file: file, sequence: max(sequence, old.sequence))
    }

    private func isOfSameLog(as other: BellMark) -> Bool { log == other.log && file == other.file }
}

extension BellMark {
    /// One write of this many bytes, within one sector: it is there whole or not at all.
    static let byteCount = 64

    /// The three fields, filled up with blanks, and a line's end. It is made at each commit, so by hand.
    var bytes: [UInt8] {
        let blank = UInt8(ascii: " ")
        let end = Self.byteCount - 1
        var bytes = [UInt8](repeating: blank, count: Self.byteCount)
        var next = 0
        func put(_ text: String) {
            for byte in text.utf8 where next < end {
                bytes[next] = byte
                next += 1
            }
            next += 1
        }
        put(log)
        put(String(file))
        put(String(sequence))
        bytes[end] = UInt8(ascii: "\n")
        return bytes
    }

    /// Nil for what is no whole mark.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, bytes.last == UInt8(ascii: "\n") else { return nil }
        let fields = String(decoding: bytes.dropLast(), as: UTF8.self).split(separator: " ")
        guard fields.count == 3, let file = UInt64(fields[1]), let sequence = Int64(fields[2]), sequence >= 0 else {
            return nil
        }
        self.init(log: String(fields[0]), file: file, sequence: sequence)
    }
}
