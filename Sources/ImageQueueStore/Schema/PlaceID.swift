/// The number of a row of `places`. The schema's triggers make the same.
///
/// From the left: 0, 3 bits for the level, 2 for the priority, 34 for the key (without the bits that its level counts
/// together), and 24 that are 0. Rows that count the jobs of one key by their numbers come before all those, and what is
/// of one key side by side, for a job changes a row of each kind: 1, 2 bits for the priority, 32 for the key, then 0 and
/// 28 for the number without its last eleven bits, or 1 and 28 for the number without its last five.
struct PlaceID: Hashable, Sendable {
    let rawValue: Int64

    /// - Parameters:
    ///   - level: 1 to 4.
    ///   - priority: 0 to 3; one more than the highest priority stands behind all of a level.
    ///   - place: the key, shifted as the level has it.
    init(level: Int64, priority: Int64, place: Int64) {
        rawValue = level << 60 | priority << 58 | place << 24
    }

    /// Blocks of one key's numbers that are counted together.
    init(priority: Int64, key: Int64, span: Int64) {
        rawValue = 1 << 63 | priority << 61 | key << 29 | span
    }

    /// A ``NumberBlock``.
    init(priority: Int64, key: Int64, block: Int64) {
        rawValue = 1 << 63 | priority << 61 | key << 29 | 1 << 28 | block
    }

    /// How many blocks are counted together.
    static let span: Int64 = 64
}

/// Which of 32 numbers in a row are those of jobs that wait under one key: the `n` of its row. Its last six bits count
/// them, and the 32 before those stand for a number each, so that adding and taking away a job is one sum.
struct NumberBlock {
    let n: Int64

    /// How many numbers it has.
    static let size: Int64 = 32

    /// How many of them wait and are less than `seq`, which is one of the block's.
    func waiting(before seq: Int64) -> Int {
        (n >> 6 & (1 << (seq % Self.size) - 1)).nonzeroBitCount
    }
}
