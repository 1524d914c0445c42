import ImageQueueConcurrency
import ImageQueueTesting

@testable import ImageQueueCore

/// A random life of a queue: jobs come in bursts, some backends draw them, time jumps from one to the next. The store, its
/// claim and the choice are the real ones; beside them the order is reckoned the slow way, by its definition alone.
final class QueueTrace {
    struct Shape {
        var jobs = 40
        var owners = 4
        var priorities: ClosedRange<Int> = 0...2
        var models = 1
        /// Whether each job names another model than the one before it.
        var alternates = false
        var backends = 2
        var limit: Int?
        /// How long a job is drawn, in milliseconds.
        var time = 100...20_000
        /// The longest pause between two bursts, in milliseconds.
        var pause = 60_000
        var drains = false
    }

    struct Entry {
        let job: JobID
        let owner: Owner
        let model: String?
        let time: Int
        let submitted: Int64
        let number: Int
        let position: Int
        var priority: Priority
        var key: Int
        var isRaised = false
        /// How many jobs had begun before it was submitted, and before it began itself.
        var begunBefore = 0
        var begunAt: (number: Int, time: Int64)?

        func goesBefore(_ other: Entry) -> Bool {
            if priority != other.priority { return priority > other.priority }
            return (key, number) < (other.key, other.number)
        }
    }

    private final class Backend: Sendable {
        struct State {
            var choice = JobChoice()
            var offer: [ClaimRequest.Candidate] = []
        }

        let worker: WorkerID
        let id: BackendID
        let state = Lock(State())

        init(number: Int) {
            worker = .make()
            id = BackendID(rawValue: "http://trace.invalid:\(number)")
        }

        func claim() -> ClaimRequest {
            ClaimRequest(worker: worker, backend: id) { candidates in
                self.state.withLock { state in
                    state.offer = candidates
                    return state.choice.choose(candidates)
                }
            }
        }
    }

    let shape: Shape
    private let clock = TestClock()
    private let store: InMemoryJobStore
    private var random: SeededGenerator
    private let backends: [Backend]
    private var drawing: [Int: (claimed: ClaimedJob, end: Int64)] = [:]
    private var drained: Set<Int> = []
    private var virtualTime: [Priority: Int] = [:]
    private var lastKey: [String: Int] = [:]
    /// The bound is each backend's own.
    private var passed: [JobID: [Int: (count: Int, since: Int64)]] = [:]
    private var loaded: [Int: String?] = [:]
    private(set) var entries: [JobID: Entry] = [:]
    private(set) var waiting: Set<JobID> = []
    private(set) var begun: [JobID] = []
    private(set) var switches = 0
    private(set) var complaints: [String] = []

    init(seed: UInt64, _ shape: Shape) {
        self.shape = shape
        random = SeededGenerator(seed: seed)
        var configuration = InMemoryStoreConfiguration()
        configuration.clock = clock.storeClock
        store = InMemoryJobStore(configuration)
        backends = (0..<shape.backends).map(Backend.init)
    }

    private var now: Int64 { clock.wallMilliseconds }

    /// Goes on until every job is drawn.
    ///
    /// - Parameters:
    ///   - moment: When something happens once, in milliseconds from the beginning.
    ///   - deed: What happens then.
    func run(until moment: Int64? = nil, then deed: () async throws -> Void = {}) async throws {
        var deedAt = moment.map { now + $0 }
        for backend in backends {
            let worker = WorkerRegistration(
                id: backend.worker,
                host: "trace",
                processID: 1,
                backends: [backend.id],
                maximumPerOwner: shape.limit
            )
            try await store.register(worker)
            _ = try await store.holdBackend(backend.id, for: backend.worker)
        }
        var left = shape.jobs
        var next = now
        while left > 0 || !waiting.isEmpty || !drawing.isEmpty || deedAt != nil {
            // The store never suspends: others want to run as well.
            await Task.yield()
            if let moment = deedAt, now >= moment {
                deedAt = nil
                try await deed()
            }
            if left > 0, now >= next {
                let burst = min(left, Int.random(in: 1...12, using: &random))
                for _ in 0..<burst { try await submit() }
                left -= burst
                next = now + Int64.random(in: 0...Int64(shape.pause), using: &random)
            }
            try await changeDraining(isOver: left == 0)
            try await endWhatIsDrawn()
            for index in backends.indices.shuffled(using: &random) where drawing[index] == nil {
                try await claim(index)
            }
            let moments = drawing.values.map(\.end) + (left > 0 ? [next] : []) + (deedAt.map { [$0] } ?? [])
            guard let moment = moments.min() else {
                if waiting.isEmpty || !drained.isEmpty { continue }
                return complain("\(waiting.count) jobs wait and nobody takes one")
            }
            clock.advance(by: .milliseconds(max(0, moment - now)))
        }
    }

    func submit(owner: Int? = nil, priority: Int? = nil, time: Int? = nil) async throws {
        let owner = owner ?? Int.random(in: 0..<shape.owners, using: &random)
        let model = shape.alternates ? entries.count % shape.models : Int.random(in: 0..<shape.models, using: &random)
        let time = time ?? Int.random(in: shape.time, using: &random)
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.owner = Owner(rawValue: "owner \(owner)")
        submission.priority =
            Priority(rawValue: priority ?? Int.random(in: shape.priorities, using: &random)) ?? .normal
        submission.request.drawing?.model = model == 0 ? nil : "model \(model)"
        guard let receipt = try await store.submit([submission]).first else { return complain("no receipt") }
        let key = takeKey(submission.owner, submission.priority)
        let entry = Entry(
            job: receipt.jobID,
            owner: submission.owner,
            model: submission.request.drawing?.model,
            time: time,
            submitted: now,
            number: entries.count,
            position: receipt.position ?? 0,
            priority: submission.priority,
            key: key,
            begunBefore: begun.count
        )
        entries[entry.job] = entry
        waiting.insert(entry.job)
    }

    /// Lets an idle or drawing backend take no more, or puts it back; never all of them at once for good.
    private func changeDraining(isOver: Bool) async throws {
        guard shape.drains else { return }
        let index = Int.random(in: backends.indices, using: &random)
        let drain = !isOver && Int.random(in: 0..<4, using: &random) == 0
        if drain { drained.insert(index) } else { drained.remove(index) }
        try await store.setDraining(drain, backend: backends[index].id)
    }

    private func endWhatIsDrawn() async throws {
        for (index, held) in drawing where held.end <= now {
            drawing[index] = nil
            let settlement = try await store.settle(
                held.claimed.lease,
                as: .complete([]),
                beginning: nil,
                then: nil
            )
            if settlement.state != .complete { complain("a job ended as \(settlement.state)") }
        }
    }

    /// The place of what an owner submits now, or what is raised now.
    private func takeKey(_ owner: Owner, _ priority: Priority) -> Int {
        let level = "\(owner.rawValue) \(priority)"
        let time = virtualTime[priority] ?? 0
        let last = max(time, lastKey[level].map { $0 + 1 } ?? 0)
        let key = waiting.contains { entries[$0]?.owner == owner } ? last : min(last, time + 1)
        lastKey[level] = key
        return key
    }

    /// Ten minutes of waiting raise a job by one priority, once.
    private func age() {
        let old = waiting.compactMap { entries[$0] }.filter { !$0.isRaised && now - $0.submitted >= 600_000 }
        for var entry in old.sorted(by: { $0.number < $1.number }) {
            guard let higher = Priority(rawValue: entry.priority.rawValue + 1) else { continue }
            entry.priority = higher
            entry.key = takeKey(entry.owner, higher)
            entry.isRaised = true
            entries[entry.job] = entry
        }
    }

    private func claim(_ index: Int) async throws {
        let backend = backends[index]
        age()
        let held = Dictionary(grouping: drawing.values) { $0.claimed.job.owner }.mapValues(\.count)
        let expected = waiting.compactMap { entries[$0] }
            .filter { entry in shape.limit.map { held[entry.owner, default: 0] < $0 } ?? true }
            .sorted { $0.goesBefore($1) }.prefix(ClaimRequest.candidateLimit)
        backend.state.withLock { $0.offer = [] }
        let claimed = try await store.claim(backend.claim())
        let offer = backend.state.withLock { $0.offer }
        if drained.contains(index) {
            if claimed != nil { complain("a draining backend took a job") }
            return
        }
        if offer.map(\.job) != expected.map(\.job) { complain("offered \(offer.count), not the first in order") }
        guard let claimed else {
            if !expected.isEmpty { complain("took none of \(expected.count)") }
            return
        }
        guard let first = expected.first, var entry = entries[claimed.job.id] else {
            return complain("took what nobody waits for")
        }
        if entry.priority != first.priority { complain("passed over a more urgent one") }
        if entry.job != first.job { pass(over: first, for: entry, index) }
        passed[entry.job] = nil
        backend.state.withLock { state in
            state.choice.took(entry.job)
            state.choice.begin(entry.model)
        }
        if loaded[index] != .some(entry.model) { switches += 1 }
        loaded[index] = entry.model
        waiting.remove(entry.job)
        entry.begunAt = (begun.count, now)
        entries[entry.job] = entry
        begun.append(entry.job)
        virtualTime[entry.priority] = max(virtualTime[entry.priority] ?? 0, entry.key)
        drawing[index] = (claimed, now + Int64(entry.time))
        if let limit = shape.limit, held[entry.owner, default: 0] >= limit { complain("beyond the limit of an owner") }
    }

    private func pass(over first: Entry, for entry: Entry, _ index: Int) {
        if loaded[index] != .some(entry.model) { complain("passed over for nothing") }
        let (before, since) = passed[first.job]?[index] ?? (0, now)
        let count = before + 1
        passed[first.job, default: [:]][index] = (count, since)
        if count > 16 || now - since >= 10_000 { complain("passed over beyond the bound") }
    }

    private func complain(_ text: String) { complaints.append(text) }
}
