/// Which task ids Forge believes to be waiting, running and finished (`modules/progress.py`), with its gaps.
///
/// A task that fails after its start is never ended: it stays the current one until another starts. One that fails
/// before its start is never taken from the waiting ones.
struct TaskBook: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// Never seen, failed and replaced, or finished too long ago.
        case unknown
        /// 1-based place and number of the waiting ones.
        case queued(place: Int, of: Int)
        case active
        case finished
    }

    /// Forge drops the oldest once more than this many are remembered.
    static let remembered = 16

    private(set) var pending: [String] = []
    private(set) var current: String?
    private(set) var finished: [String] = []

    mutating func queue(_ id: String) {
        // A dictionary in Forge: the same id again keeps its place.
        if !pending.contains(id) { pending.append(id) }
    }

    mutating func start(_ id: String) {
        current = id
        pending.removeAll { $0 == id }
    }

    mutating func finish(_ id: String) {
        if current == id { current = nil }
        finished.append(id)
        if finished.count > Self.remembered { finished.removeFirst() }
    }

    /// The state to report; the running task counts first, as in Forge's answer.
    func state(of id: String?) -> State {
        if current == id { return .active }
        guard let id else { return .unknown }
        if let place = pending.firstIndex(of: id) { return .queued(place: place + 1, of: pending.count) }
        return finished.contains(id) ? .finished : .unknown
    }

    func isFinished(_ id: String?) -> Bool { id.map { finished.contains($0) } ?? false }

    func isQueued(_ id: String?) -> Bool { id.map { pending.contains($0) } ?? false }
}
