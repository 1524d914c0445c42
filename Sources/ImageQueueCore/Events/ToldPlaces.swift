/// The places in the queue that a watcher was last told, of the jobs that it may be told a new one of.
///
/// Bounded: of more jobs than the limit those that stand nearest to the front are kept.
struct ToldPlaces {
    /// A job among so many first ones is told every move.
    private static let front = 20

    private var places: [JobID: Int] = [:]
    private var last: (job: JobID, place: Int)?
    private let limit: Int
    /// Whether something has moved since the last look.
    private(set) var areOutdated = false

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { places.count }
    var jobs: Set<JobID> { Set(places.keys) }

    func contains(_ job: JobID) -> Bool { places[job] != nil }

    /// Something in the queue has moved.
    mutating func outdate() {
        if !places.isEmpty { areOutdated = true }
    }

    /// The places are being looked up.
    mutating func look() { areOutdated = false }

    /// The watcher was told a place.
    mutating func note(_ place: Int, of job: JobID) {
        if places[job] == nil, places.count >= limit {
            guard let last, place < last.place else { return }
            places[last.job] = nil
            self.last = nil
        }
        places[job] = place
        if let last, last.job != job {
            if place > last.place { self.last = (job, place) }
        } else {
            last = places.max { $0.value < $1.value }.map { ($0.key, $0.value) }
        }
    }

    /// The job waits no more.
    mutating func drop(_ job: JobID) {
        places[job] = nil
        if last?.job == job { last = places.max { $0.value < $1.value }.map { ($0.key, $0.value) } }
        if places.isEmpty { areOutdated = false }
    }

    mutating func removeAll() {
        places.removeAll()
        last = nil
        areOutdated = false
    }

    /// Whether a place is worth telling: of a job that was told another, and that is among the first or has moved by a
    /// tenth.
    func isNews(_ place: Int, of job: JobID) -> Bool {
        guard let before = places[job], before != place else { return false }
        return place <= Self.front || abs(before - place) * 10 >= before
    }
}
