/// Which of the first candidates a backend draws next: a pure decision.
///
/// Loading a checkpoint takes longer than many a picture, so that it prefers the model that the backend has loaded; but
/// never to a more urgent job, and it passes over whichever job is first at most ``passLimit`` times, and for no longer
/// than ``timeLimit``. So every job comes to be first, and then is drawn. A job that stops being first, for a newer one
/// goes before it or it was raised, keeps its count.
///
/// A job that the backend refuses again and again though it says that it is well, as a proxy may do for what one request
/// holds, is passed over likewise, for the first that it refused least: else nothing behind it would ever be drawn.
struct JobChoice: Sendable, Equatable {
    /// How often the first job is passed over.
    static let passLimit = 16
    /// For how long the first job is passed over, from the first time on.
    static let timeLimit = Duration.seconds(10)
    /// How many jobs that were passed over are remembered. Few are at a time: a job is passed over while it is first.
    static let memory = 64

    private enum Model: Sendable, Equatable {
        case unknown
        /// What a job named; `nil` for the backend's own, which need not be any that has a name here.
        case named(String?)
    }

    private struct Passed: Sendable, Equatable {
        var job: JobID
        var count: Int
        /// How long it had waited when it was first passed over.
        var waited: Duration
    }

    private var loaded = Model.unknown
    /// How often jobs could not begin here.
    private var refusals: [JobID: Int] = [:]
    /// The one that was passed over last stands last.
    private var passed: [Passed] = []
    private var offer: [ClaimRequest.Candidate] = []

    /// A job that names this model has begun.
    mutating func begin(_ model: String?) { loaded = .named(model) }

    /// A drawing failed: nobody knows what is loaded now.
    mutating func fail() { loaded = .unknown }

    /// A job could not begin here. The second time it may be the job: between the two the backend was asked, and was well.
    mutating func refuse(_ job: JobID) {
        if refusals.count >= Self.memory { refusals = [:] }
        refusals[job, default: 0] += 1
    }

    /// Whether the first candidate is the one to take, whatever stands behind it.
    func takes(_ first: ClaimRequest.Candidate) -> Bool {
        if isRefused(first), mayPass(first) { return false }
        guard case .named(let model) = loaded, first.model != model else { return true }
        return !mayPass(first)
    }

    /// The index of the one to take; `nil` where there is none. It is settled by ``took(_:)``: a store may ask twice.
    mutating func choose(_ candidates: [ClaimRequest.Candidate]) -> Int? {
        offer = candidates
        guard let first = candidates.first else { return nil }
        if isRefused(first), mayPass(first) {
            return candidates.indices.min { refusals(of: candidates[$0]) < refusals(of: candidates[$1]) }
        }
        guard case .named(let model) = loaded, !takes(first) else { return 0 }
        return candidates.prefix { $0.priority == first.priority }.firstIndex { $0.model == model } ?? 0
    }

    /// A job of the last offer was taken.
    mutating func took(_ job: JobID) {
        defer { offer = [] }
        passed.removeAll { $0.job == job }
        guard let first = offer.first, first.job != job, offer.contains(where: { $0.job == job }) else { return }
        var record = Passed(job: first.job, count: 0, waited: first.waited)
        if let known = passed.firstIndex(where: { $0.job == first.job }) { record = passed.remove(at: known) }
        record.count += 1
        passed.append(record)
        if passed.count > Self.memory { passed.removeFirst() }
    }

    private func refusals(of candidate: ClaimRequest.Candidate) -> Int { refusals[candidate.job, default: 0] }

    private func isRefused(_ candidate: ClaimRequest.Candidate) -> Bool { refusals(of: candidate) >= 2 }

    private func mayPass(_ first: ClaimRequest.Candidate) -> Bool {
        guard let passed = passed.first(where: { $0.job == first.job }) else { return true }
        return passed.count < Self.passLimit && first.waited - passed.waited < Self.timeLimit
    }
}
