/// The number of a row of `places`: from the left 3 bits for the level, 2 for the priority, 34 for the key (without the bits
/// that its level counts together), 24 for the number of a job without its last ten bits. The schema's triggers make the same.
struct PlaceID: Hashable, Sendable {
    let rawValue: Int64

    /// - Parameters:
    ///   - level: 0 to 4.
    ///   - priority: 0 to 3; one more than the highest priority stands behind all of a level.
    ///   - place: the key, shifted as the level has it.
    ///   - block: a job's number without its last ten bits; 0 but at level 0.
    init(level: Int64, priority: Int64, place: Int64, block: Int64 = 0) {
        rawValue = level << 60 | priority << 58 | place << 24 | block
    }
}
