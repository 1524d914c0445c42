/// The number of a row of `places`: from the left 3 bits for the level, 2 for the priority, 34 for the key (without the
/// bits that its level counts together) and 24 that are 0. At level 0 the key has 32 bits, and a job's number without
/// its last eight has 26. The schema's triggers make the same.
struct PlaceID: Hashable, Sendable {
    let rawValue: Int64

    /// - Parameters:
    ///   - level: 1 to 4.
    ///   - priority: 0 to 3; one more than the highest priority stands behind all of a level.
    ///   - place: the key, shifted as the level has it.
    init(level: Int64, priority: Int64, place: Int64) {
        rawValue = level << 60 | priority << 58 | place << 24
    }

    /// At level 0.
    init(priority: Int64, key: Int64, block: Int64) {
        rawValue = priority << 58 | key << 26 | block
    }

    /// How many numbers of jobs a row of level 0 counts together.
    static let blockSize: Int64 = 256
}
