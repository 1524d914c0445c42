/// The places in the queue that a watcher was last told, of the jobs that it may be told a new one of.
///
/// Bounded: of more jobs than the limit those that stand nearest to the front are kept.
struct ToldPlaces {
    /// A job among so many first ones is told every move.
    private static let front = 20

    private var places: [JobID: Int] = [:]
    private var last: (job: JobID, place: Int)?
    private let limit: Int
    /// How often something in the queue has moved since the last look.
    private var moves = 0
    /// How many moves it takes until one of the places is news: each brings a job one place on, or back. That a job is
    /// raised for having waited is not told, and moves others too; but each is raised once, and its being queued, its
    /// begin and its end are counted as moves each.
    private var enough = Int.max
    /// Whether they are to be looked up whatever has moved.
    private var isLookDue = false

    init(limit: Int) {
        self.limit = limit
    }

    var count: Int { places.count }
    var jobs: Set<JobID> { Set(places.keys) }

    func contains(_ job: JobID) -> Bool { places[job] != nil }

    /// Whether one of them may be news.
    var areOutdated: Bool { !places.isEmpty && (isLookDue || moves >= enough) }

    /// Something in the queue has moved so often.
    mutating func outdate(by moves: Int) {
        if !places.isEmpty { self.moves += moves }
    }

    /// They are to be looked up.
    mutating func outdate() {
        if !places.isEmpty { isLookDue = true }
    }

    /// The places are being looked up.
    mutating func look() {
        isLookDue = false
        moves = 0
    }

    /// They were looked up, and what is news was noted.
    mutating func looked(at found: [(job: JobID, place: Int)]) {
        enough = found.map { moves(of: $0.job, from: $0.place) }.min() ?? .max
    }

    /// How many moves it takes at least until a job's place is news, by the rule of ``isNews(_:of:)``.
    private func moves(of job: JobID, from place: Int) -> Int {
        guard let told = places[job] else { return .max }
        return max(1, min(place - Self.front, (told + 9) / 10 - abs(told - place)))
    }

    /// The watcher was told a place.
    mutating func note(_ place: Int, of job: JobID) {
        if places[job] == nil, places.count >= limit {
            guard let last, place < last.place else { return }
            places[last.job] = nil
            self.last = nil
        }
        places[job] = place
        enough = min(enough, moves(of: job, from: place))
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
        if places.isEmpty { removeAll() }
    }

    mutating func removeAll() {
        self = ToldPlaces(limit: limit)
    }

    /// Whether a place is worth telling: of a job that was told another, and that is among the first or has moved by a
    /// tenth.
    func isNews(_ place: Int, of job: JobID) -> Bool {
        guard let before = places[job], before != place else { return false }
        return place <= Self.front || abs(before - place) * 10 >= before
    }
}
