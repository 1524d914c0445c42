internal import CSQLite
internal import ImageQueueConcurrency

/// Memory for the texts that a connection's running statements were given: a copy that SQLite takes of each itself costs it an
/// allocation, two locks and its statistics.
///
/// A stack: a statement that runs within another's run ends before it.
final class LentTexts {
    private let memory: UnsafeMutableRawBufferPointer
    /// How much of it is lent.
    private(set) var used = 0

    init(capacity: Int = 64 << 10) {
        memory = .allocate(byteCount: capacity, alignment: 1)
    }

    deinit { memory.deallocate() }

    /// A copy that stays where it is until ``giveBack(to:)``, or nil where there is no room.
    func lend(_ bytes: UnsafeBufferPointer<UInt8>) -> UnsafePointer<CChar>? {
        assertOwnThread()
        guard bytes.count <= memory.count - used, let base = memory.baseAddress else { return nil }
        let place = base + used
        if let start = bytes.baseAddress { place.copyMemory(from: start, byteCount: bytes.count) }
        used += bytes.count
        return UnsafePointer(place.assumingMemoryBound(to: CChar.self))
    }

    /// Takes back all that was lent since `mark`, an earlier ``used``. No statement may be bound to it any more.
    func giveBack(to mark: Int) { used = mark }
}
