import ImageQueueCore
import Testing

@testable import ImageQueueStore

@Suite("What is walked through to find jobs", .timeLimit(.minutes(1)))
struct JobConditionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var filter: JobFilter
        var requester = Requester.operator
        var source: [String]
    }

    private static let old = Owner(rawValue: "with a history")
    private static let new = Owner(rawValue: "without one")
    private static let short = ConversationID(rawValue: "short")
    private static let chat = ConversationID(rawValue: "chat")
    private static let all = ["jobs"]
    private static let unfinished = ["jobs INDEXED BY jobs_unfinished"]
    private static let ended = ["jobs INDEXED BY jobs_ended"]
    private static let byConversation = ["jobs INDEXED BY jobs_by_conversation"]
    private static let byOwner = ["jobs INDEXED BY jobs_by_owner"]

    /// 30 cancelled jobs and 2 that wait are the one's, 3 that wait the other's.
    static let cases = [
        Case(testDescription: "all", filter: JobFilter(), source: all),
        Case(testDescription: "unfinished", filter: JobFilter(states: JobFilter.unfinished), source: unfinished),
        Case(testDescription: "one ending", filter: JobFilter(states: [.cancelled]), source: ended),
        Case(testDescription: "two endings", filter: JobFilter(states: [.cancelled, .failed]), source: ended + ended),
        Case(
            testDescription: "an ending, and what has not ended",
            filter: JobFilter(states: [.queued, .complete, .processing]),
            source: unfinished + ended
        ),
        Case(testDescription: "all states", filter: JobFilter(states: Set(JobState.allCases)), source: all),
        Case(
            testDescription: "two endings, of an owner without a history",
            filter: JobFilter(states: [.cancelled, .failed], owner: new),
            source: byOwner
        ),
        Case(testDescription: "of a conversation", filter: JobFilter(conversation: chat), source: byConversation),
        Case(
            testDescription: "of a conversation, for an owner without a history",
            filter: JobFilter(conversation: chat),
            requester: .owner(new),
            source: byOwner
        ),
        Case(
            testDescription: "of a short conversation, of an owner with a history",
            filter: JobFilter(owner: old, conversation: short),
            source: byConversation
        ),
        Case(
            testDescription: "unfinished, of an owner with a history",
            filter: JobFilter(states: [.queued], owner: old),
            source: unfinished
        ),
        Case(
            testDescription: "unfinished, for an owner with a history",
            filter: JobFilter(states: JobFilter.unfinished),
            requester: .owner(old),
            source: unfinished
        ),
        Case(
            testDescription: "unfinished, of an owner without one",
            filter: JobFilter(states: JobFilter.unfinished, owner: new),
            source: byOwner
        ),
        Case(
            testDescription: "one ending, of an owner with a history",
            filter: JobFilter(states: [.cancelled], owner: old),
            source: ended
        ),
        Case(
            testDescription: "one ending, of an owner without one",
            filter: JobFilter(states: [.cancelled], owner: new),
            source: byOwner
        ),
        Case(
            testDescription: "one ending, of a conversation, for an owner without a history",
            filter: JobFilter(states: [.cancelled], conversation: chat),
            requester: .owner(new),
            source: byOwner
        ),
        Case(
            testDescription: "unfinished, of a conversation",
            filter: JobFilter(states: [.queued], conversation: chat),
            source: unfinished
        ),
        Case(
            testDescription: "unfinished, of a short conversation",
            filter: JobFilter(states: [.queued], conversation: short),
            source: byConversation
        ),
    ]

    @Test("The shorter way is taken, and all are found on it", arguments: cases)
    func walks(_ given: Case) async throws {
        try await withStore { store in
            for number in 0..<35 {
                var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
                submission.owner = number < 32 ? Self.old : Self.new
                if number.isMultiple(of: 2) { submission.conversation = Self.chat }
                if number == 33 { submission.conversation = Self.short }
                let job = try #require(try await store.submit([submission]).first?.jobID)
                if number < 30 { _ = try await store.cancel(job, mode: .now, as: .operator) }
            }
            let condition = JobCondition(given.filter, as: given.requester)
            #expect(try await store.read { try condition.searches(on: $0).map(\.source) } == given.source)
            let every = try await store.jobs(matching: JobFilter(), as: .operator, after: nil, limit: 100).jobs
            let wanted = every.filter { job in
                (given.filter.states.map { $0.contains(job.state) } ?? true)
                    && (given.filter.owner.map { $0 == job.owner } ?? true)
                    && (given.filter.conversation.map { $0 == job.conversation } ?? true)
                    && given.requester.mayTouch(job.owner)
            }
            let found = try await store.jobs(matching: given.filter, as: given.requester, after: nil, limit: 100).jobs
            #expect(every.count == 35)
            #expect(found.map(\.id) == wanted.map(\.id))
        }
    }

    @Test("More jobs may be named than SQLite takes arguments")
    func manyNames() async throws {
        try await withStore { store in
            let job = try #require(
                try await store.submit([Submission(request: TextToImageRequest(prompt: "kedi"))]).first?.jobID
            )
            var filter = JobFilter(jobs: [job])
            for _ in 0..<300_000 { filter.jobs?.insert(.make()) }
            let page = try await store.jobs(matching: filter, as: .operator, after: nil, limit: 10)
            #expect(page.jobs.map(\.id) == [job])
            let snapshot = try await store.snapshot(matching: JobFilter(jobs: [job]), as: .operator)
            let log = snapshot.cursor.log
            let start = EventCursor(log: log, sequence: 0)
            let events = try await store.events(after: start, matching: filter, as: .operator, limit: 10)
            #expect(events?.map(\.jobID) == [job])
            #expect(try await store.cancel(matching: filter, mode: .now, as: .operator) == [job: .cancelled])
        }
    }
}
