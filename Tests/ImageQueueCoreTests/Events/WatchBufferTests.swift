import Foundation
import Testing

@testable import ImageQueueCore

@Suite("What a watcher is given next", .timeLimit(.minutes(1)))
struct WatchBufferTests {
    private let log = "log"
    private let job = JobID.make()

    private func cursor(_ sequence: Int64) -> EventCursor { EventCursor(log: log, sequence: sequence) }

    private func event(_ kind: JobEvent.Kind, _ sequence: Int64, final: Bool = false, job: JobID? = nil) -> JobEvent {
        JobEvent(
            kind: kind,
            isFinal: final,
            cursor: cursor(sequence),
            at: .distantPast,
            jobID: job ?? self.job,
            status: final ? "complete" : "queued",
            position: kind == .queued ? 5 : nil
        )
    }

    private func progress(_ percent: Int, attempt: Int = 1) -> JobEvent {
        JobEvent(
            kind: .progress,
            isFinal: false,
            cursor: cursor(0),
            at: .distantPast,
            jobID: job,
            attempt: attempt,
            status: "processing",
            progress: percent
        )
    }

    private func drain(_ buffer: inout WatchBuffer) -> [JobEvent] {
        var events: [JobEvent] = []
        while case .deliver(let event) = buffer.next(mayLook: false) { events.append(event) }
        return events
    }

    @Test("A quiet watch's place moves on with what concerns others, but past nothing that it has yet to be given")
    func movesOn() {
        var buffer = WatchBuffer(cursor: cursor(3), remaining: nil, isBehind: false)
        buffer.take(events: [], progress: [], cursor: cursor(500), moves: 0)
        #expect(buffer.next(mayLook: false) == .wait)
        #expect(buffer.cursor == cursor(500))
        buffer.take(events: [event(.queued, 501)], progress: [], cursor: cursor(600), moves: 0)
        #expect(buffer.cursor == cursor(500))
        #expect(drain(&buffer).map(\.cursor) == [cursor(501)])
        #expect(buffer.cursor == cursor(600))
        // Behind, it goes on from where it was.
        let many = (601...701).map { event(.queued, $0) }
        buffer.take(events: many, progress: [], cursor: cursor(900), moves: 0)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(600)))
        #expect(buffer.cursor == cursor(600))
    }

    @Test func loggedEventsComeInOrderAndOnce() {
        var buffer = WatchBuffer(cursor: cursor(3), remaining: nil, isBehind: false)
        let events = [event(.queued, 3), event(.queued, 4), event(.complete, 5, final: true)]
        buffer.take(events: events, progress: [], cursor: cursor(5), moves: 1)
        buffer.take(events: events, progress: [], cursor: cursor(5), moves: 1)
        #expect(drain(&buffer).map(\.cursor.sequence) == [4, 5])
        #expect(buffer.cursor == cursor(5))
        #expect(buffer.next(mayLook: true) == .wait)
    }

    @Test func progressIsConflatedAndCarriesAPlaceToGoOnFrom() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 7)], progress: [], cursor: cursor(7), moves: 1)
        for percent in [10, 20, 30] {
            buffer.take(events: [], progress: [progress(percent)], cursor: cursor(9), moves: 0)
        }
        let events = drain(&buffer)
        #expect(events.map(\.kind) == [.queued, .progress])
        #expect(events.last?.progress == 30)
        #expect(events.last?.cursor == cursor(9))
    }

    @Test func progressNeverFallsWithinAnAttempt() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        var told: [Int?] = []
        for report in [progress(40), progress(20), progress(5, attempt: 2), progress(90, attempt: 1)] {
            buffer.take(events: [], progress: [report], cursor: cursor(0), moves: 0)
            told += drain(&buffer).map(\.progress)
        }
        #expect(told == [40, 5])
    }

    @Test func progressThatWaitsIsDroppedByTheFinalEvent() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: [job], isBehind: false)
        buffer.take(events: [], progress: [progress(50)], cursor: cursor(0), moves: 0)
        buffer.take(
            events: [event(.complete, 1, final: true)],
            progress: [progress(60)],
            cursor: cursor(1),
            moves: 1
        )
        #expect(drain(&buffer).map(\.kind) == [.complete])
        #expect(buffer.next(mayLook: true) == .finish)
    }

    @Test func aSlowReaderIsBoundedAndReadsTheLogAgain() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        let many = (1...300).map { event(.queued, Int64($0), job: JobID.make()) }
        buffer.take(events: many, progress: [], cursor: cursor(300), moves: 1)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(0)))
        buffer.beginReplay()
        buffer.replayed(Array(many.prefix(256)), isWhole: false)
        #expect(drain(&buffer).count == 256)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(256)))
        buffer.beginReplay()
        buffer.replayed(Array(many.suffix(44)), isWhole: true)
        #expect(drain(&buffer).map(\.cursor.sequence) == Array(257...300))
        // The places that it was told are old.
        #expect(buffer.next(mayLook: false) == .waitToLook)
    }

    @Test func whatComesDuringAReplayIsNeitherLostNorDoubled() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(0)))
        buffer.beginReplay()
        buffer.take(events: [event(.queued, 2), event(.queued, 3)], progress: [], cursor: cursor(3), moves: 1)
        buffer.replayed([event(.queued, 1), event(.queued, 2)], isWhole: true)
        #expect(drain(&buffer).map(\.cursor.sequence) == [1, 2, 3])
    }

    @Test func anotherLogStartsOver() {
        var buffer = WatchBuffer(cursor: cursor(5), remaining: nil, isBehind: false)
        buffer.take(events: [], progress: [], cursor: EventCursor(log: "restored", sequence: 2), moves: 0)
        #expect(buffer.next(mayLook: false) == .startOver)
    }

    /// From the middle of a snapshot nobody can go on: the jobs that were still to be told would never be.
    @Test(arguments: [false, true])
    func onlyTheLastOfASnapshotCarriesAPlace(isReset: Bool) {
        var buffer = WatchBuffer(cursor: cursor(1), remaining: nil, isBehind: true)
        let jobs = (0..<3).map { _ in queuedJob() }
        let reset = JobEvent(kind: .reset, isFinal: false, cursor: cursor(9), at: .distantPast, jobID: nil)
        buffer.beginPresenting()
        buffer.present(StoreSnapshot(jobs: jobs, cursor: cursor(9)), telling: isReset ? reset : nil)
        buffer.take(events: [event(.queued, 10)], progress: [], cursor: cursor(10), moves: 1)
        let events = drain(&buffer)
        #expect(events.compactMap(\.jobID) == jobs.map(\.id) + [job])
        let places = events.map(\.cursor)
        #expect(places.suffix(2) == [cursor(9), cursor(10)])
        #expect(places.dropLast(2).allSatisfy { $0.log != log })
        #expect(buffer.cursor == cursor(10))
    }

    @Test func ofSeveralPagesOnlyTheLastOnesEnd() {
        var buffer = WatchBuffer(cursor: cursor(1), remaining: nil, isBehind: true)
        let jobs = (0..<3).map { _ in queuedJob() }
        buffer.present(
            StoreSnapshot(jobs: Array(jobs[..<2]), cursor: cursor(9), next: PageToken(rawValue: 2)),
            telling: nil
        )
        #expect(drain(&buffer).allSatisfy { $0.cursor.log != log })
        buffer.presentMore(StoreSnapshot(jobs: [jobs[2]], cursor: cursor(9)))
        #expect(drain(&buffer).map(\.cursor) == [cursor(9)])
    }

    private func queuedJob() -> Job {
        Job(
            id: .make(),
            messageID: MessageID(rawValue: 1),
            conversation: .none,
            owner: .nobody,
            state: .queued,
            priority: .normal,
            request: .textToImage(TextToImageRequest(prompt: "kedi")),
            createdAt: .distantPast
        )
    }

    @Test func placesAreLookedUpOnlyWhenSomethingMoved() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 1)], progress: [], cursor: cursor(1), moves: 1)
        _ = drain(&buffer)
        buffer.take(events: [], progress: [], cursor: cursor(1), moves: 0)
        #expect(buffer.next(mayLook: true) == .wait)
        buffer.take(events: [], progress: [], cursor: cursor(1), moves: 1)
        #expect(buffer.next(mayLook: false) == .waitToLook)
        #expect(buffer.next(mayLook: true) == .lookAtPositions(of: [job]))
        #expect(buffer.next(mayLook: true) == .wait)
        buffer.lookFailed()
        #expect(buffer.next(mayLook: true) == .lookAtPositions(of: [job]))
    }

    @Test(arguments: [1, 5])
    func aPlaceThatWasReadLateIsLookedUp(observed: Int64) {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 1)], progress: [], cursor: cursor(observed), moves: Int(observed))
        #expect(drain(&buffer).count == 1)
        #expect(buffer.next(mayLook: true) == (observed > 1 ? .lookAtPositions(of: [job]) : .wait))
    }

    @Test func placesForWhichThereIsNoRoomAreToldByTheNextLook() {
        var limits = WatchBuffer.Limits()
        limits.progress = 2
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false, limits: limits)
        var jobs = (0..<5).map { _ in queuedJob() }
        let told = jobs.enumerated().map { event(.queued, Int64($0.offset) + 1, job: $0.element.id) }
        buffer.take(events: told, progress: [], cursor: cursor(5), moves: 5)
        #expect(drain(&buffer).count == 5)
        for index in jobs.indices { jobs[index].position = index + 10 }
        var moved: [JobID] = []
        for count in [2, 2, 1] {
            #expect(buffer.next(mayLook: true) == .lookAtPositions(of: Set(jobs.map(\.id))))
            buffer.takePositions(jobs)
            let events = drain(&buffer)
            #expect(events.count == count)
            moved += events.compactMap(\.jobID)
        }
        #expect(moved == jobs.map(\.id))
        #expect(buffer.next(mayLook: true) == .wait)
    }

    private func standing(_ state: JobState, _ id: JobID? = nil, percent: Int = 0, attempt: Int = 1) -> Job {
        Job(
            id: id ?? job,
            messageID: MessageID(rawValue: 1),
            conversation: .none,
            owner: .nobody,
            state: state,
            priority: .normal,
            request: .textToImage(TextToImageRequest(prompt: "kedi")),
            attempt: attempt,
            position: state == .queued ? 5 : nil,
            progress: state == .processing ? JobProgress(fraction: Double(percent) / 100, picturesDone: 0) : nil,
            createdAt: .distantPast
        )
    }

    @Test func aSnapshotIsNotLostToAFlood() {
        var buffer = WatchBuffer(remaining: nil)
        let jobs = (0..<256).map { _ in standing(.queued, JobID.make()) }
        buffer.present(StoreSnapshot(jobs: jobs, cursor: cursor(10), next: PageToken(rawValue: 4)), telling: nil)
        let flood = (11...400).map { event(.queued, Int64($0), job: JobID.make()) }
        for one in flood { buffer.take(events: [one], progress: [], cursor: one.cursor, moves: 1) }
        #expect(drain(&buffer).map(\.jobID) == jobs.map(\.id))
        #expect(buffer.next(mayLook: false) == .readOn(after: PageToken(rawValue: 4)))
        buffer.presentMore(StoreSnapshot(jobs: [standing(.queued)], cursor: cursor(400)))
        let rest = drain(&buffer)
        #expect(rest.map(\.jobID) == [job])
        #expect(rest.map(\.cursor) == [cursor(10)])
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(10)))
    }

    @Test func whatOverflowsWhileASnapshotIsReadIsReadFromTheLog() {
        var buffer = WatchBuffer(remaining: nil)
        for number in 1...300 {
            let one = event(.queued, Int64(number), job: JobID.make())
            buffer.take(events: [one], progress: [], cursor: one.cursor, moves: 1)
        }
        buffer.present(StoreSnapshot(jobs: [], cursor: cursor(2)), telling: nil)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(2)))
    }

    @Test func whatTheReplayOvertookIsNotToldAfterTheEnd() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        _ = buffer.next(mayLook: false)
        buffer.beginReplay()
        buffer.replayed([event(.queued, 1), event(.complete, 2, final: true)], isWhole: true)
        #expect(drain(&buffer).count == 2)
        // Read before the job's end was committed, delivered after the replay.
        buffer.take(events: [event(.queued, 1)], progress: [progress(50)], cursor: cursor(1), moves: 1)
        #expect(drain(&buffer).isEmpty)
    }

    @Test func progressThatWaitsIsDroppedByAReplayedEndToo() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        buffer.take(events: [], progress: [progress(50)], cursor: cursor(1), moves: 0)
        _ = buffer.next(mayLook: false)
        buffer.beginReplay()
        buffer.replayed([event(.queued, 1), event(.complete, 2, final: true)], isWhole: true)
        #expect(drain(&buffer).map(\.kind) == [.queued, .complete])
    }

    @Test func progressIsNotDroppedByAnOlderEventThatIsReplayedAfterIt() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        buffer.take(events: [event(.queued, 1)], progress: [progress(0)], cursor: cursor(1), moves: 1)
        buffer.beginReplay()
        buffer.replayed([event(.queued, 1)], isWhole: true)
        #expect(drain(&buffer).map(\.kind) == [.queued, .progress])
    }

    @Test func aReplayThatFailsLeavesNoGap() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        buffer.beginReplay()
        buffer.take(events: [event(.queued, 9)], progress: [], cursor: cursor(9), moves: 1)
        buffer.replayFailed()
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(0)))
    }

    @Test func anEndThatWasToldIsNotToldAgainByASnapshot() {
        let other = JobID.make()
        var buffer = WatchBuffer(cursor: cursor(0), remaining: [job, other], isBehind: false)
        buffer.take(events: [event(.complete, 1, final: true)], progress: [], cursor: cursor(1), moves: 1)
        #expect(drain(&buffer).map(\.isFinal) == [true])
        buffer.beginPresenting()
        let reset = JobEvent(kind: .reset, isFinal: false, cursor: cursor(7), at: .distantPast, jobID: nil)
        let page = StoreSnapshot(jobs: [standing(.complete), standing(.complete, other)], cursor: cursor(7))
        buffer.present(page, telling: reset)
        #expect(drain(&buffer).map(\.jobID) == [nil, other])
        #expect(buffer.next(mayLook: false) == .finish)
    }

    @Test func anotherLogsEventsAreKeptWhileItsSnapshotIsRead() {
        var buffer = WatchBuffer(cursor: cursor(50), remaining: nil, isBehind: false)
        func restored(_ sequence: Int64) -> EventCursor { EventCursor(log: "restored", sequence: sequence) }
        buffer.take(events: [], progress: [], cursor: restored(3), moves: 0)
        #expect(buffer.next(mayLook: false) == .startOver)
        buffer.beginPresenting()
        var first = event(.queued, 4)
        first.cursor = restored(4)
        var second = event(.queued, 5, job: JobID.make())
        second.cursor = restored(5)
        buffer.take(events: [first], progress: [], cursor: restored(4), moves: 1)
        buffer.take(events: [second], progress: [], cursor: restored(5), moves: 1)
        buffer.present(StoreSnapshot(jobs: [standing(.queued)], cursor: restored(4)), telling: nil)
        #expect(drain(&buffer).map(\.cursor) == [restored(4), restored(5)])
        #expect(buffer.next(mayLook: false) == .wait)
    }

    @Test func whatWasPrunedBeforeItCameInIsMadeUpForByASnapshot() {
        var buffer = WatchBuffer(cursor: cursor(3), remaining: [job], isBehind: false)
        let hasNews = buffer.take(events: [], progress: [], cursor: cursor(9), moves: 0, hasGap: true)
        #expect(hasNews)
        #expect(buffer.next(mayLook: false) == .startOver)
        buffer.beginPresenting()
        buffer.present(StoreSnapshot(jobs: [standing(.complete)], cursor: cursor(9)), telling: nil)
        #expect(drain(&buffer).map(\.isFinal) == [true])
        #expect(buffer.next(mayLook: false) == .finish)
    }

    @Test func aWatcherIsToldOfAGap() {
        let watcher = Watcher(
            filter: JobFilter(),
            members: nil,
            requester: .operator,
            buffer: WatchBuffer(cursor: cursor(3), remaining: nil, isBehind: false),
            clock: ContinuousClock()
        )
        _ = watcher.offer(StoreDelta(events: [], progress: [], cursor: cursor(9), hasGap: true), moves: 0)
        #expect(watcher.step() == .startOver)
    }

    @Test func whoHasReadFurtherMissesNothingOfAGap() {
        var buffer = WatchBuffer(cursor: cursor(9), remaining: [job], isBehind: false)
        let hasNews = buffer.take(events: [], progress: [], cursor: cursor(9), moves: 0, hasGap: true)
        #expect(!hasNews)
        #expect(buffer.next(mayLook: false) == .wait)
    }

    @Test func aGapThatShowsWhileASnapshotIsReadCountsIfTheSnapshotIsOlder() {
        for (read, step) in [(Int64(8), WatchBuffer.Step.startOver), (9, .wait)] {
            var buffer = WatchBuffer(remaining: nil)
            buffer.take(events: [], progress: [], cursor: cursor(9), moves: 0, hasGap: true)
            buffer.present(StoreSnapshot(jobs: [], cursor: cursor(read)), telling: nil)
            #expect(buffer.next(mayLook: false) == step)
        }
    }

    @Test func aWatchFromBehindAJobsEndEnds() {
        var buffer = WatchBuffer(cursor: cursor(9), remaining: [job], isBehind: true)
        buffer.noteEnded([job])
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(9)))
        buffer.beginReplay()
        buffer.replayed([], isWhole: true)
        #expect(buffer.next(mayLook: false) == .finish)
    }

    @Test func aFailedCallbackIsToldAboutNoJobOnceTheJobHasEnded() {
        var notice = progress(0)
        notice.kind = .error
        notice.failure = JobFailure(code: .callbackFailed, message: "It threw.")
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 1)], progress: [], cursor: cursor(1), moves: 1)
        buffer.tell(notice)
        buffer.take(events: [event(.complete, 2, final: true)], progress: [], cursor: cursor(2), moves: 1)
        buffer.tell(notice)
        let events = drain(&buffer)
        #expect(events.map(\.jobID) == [job, job, nil, nil])
        #expect(events.map(\.cursor.sequence) == [1, 2, 2, 2])
        #expect(events.suffix(2).allSatisfy { $0.failure?.code == .callbackFailed && !$0.isFinal })
    }
}
