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

    @Test func loggedEventsComeInOrderAndOnce() {
        var buffer = WatchBuffer(cursor: cursor(3), remaining: nil, isBehind: false)
        let events = [event(.queued, 3), event(.queued, 4), event(.complete, 5, final: true)]
        buffer.take(events: events, progress: [], cursor: cursor(5), moved: true)
        buffer.take(events: events, progress: [], cursor: cursor(5), moved: true)
        #expect(drain(&buffer).map(\.cursor.sequence) == [4, 5])
        #expect(buffer.cursor == cursor(5))
        #expect(buffer.next(mayLook: true) == .wait)
    }

    @Test func progressIsConflatedAndCarriesTheLastDeliveredNumber() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 7)], progress: [], cursor: cursor(7), moved: true)
        for percent in [10, 20, 30] {
            buffer.take(events: [], progress: [progress(percent)], cursor: cursor(9), moved: false)
        }
        let events = drain(&buffer)
        #expect(events.map(\.kind) == [.queued, .progress])
        #expect(events.last?.progress == 30)
        #expect(events.last?.cursor == cursor(7))
    }

    @Test func progressNeverFallsWithinAnAttempt() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        for report in [progress(40), progress(20), progress(5, attempt: 2), progress(90, attempt: 1)] {
            buffer.take(events: [], progress: [report], cursor: cursor(0), moved: false)
            _ = drain(&buffer).map { event in
                #expect(event.progress != 20)
                #expect(event.progress != 90)
            }
        }
    }

    @Test func progressThatWaitsIsDroppedByTheFinalEvent() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: [job], isBehind: false)
        buffer.take(events: [], progress: [progress(50)], cursor: cursor(0), moved: false)
        buffer.take(
            events: [event(.complete, 1, final: true)],
            progress: [progress(60)],
            cursor: cursor(1),
            moved: true
        )
        #expect(drain(&buffer).map(\.kind) == [.complete])
        #expect(buffer.next(mayLook: true) == .finish)
    }

    @Test func aSlowReaderIsBoundedAndReadsTheLogAgain() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        let many = (1...300).map { event(.queued, Int64($0), job: JobID.make()) }
        buffer.take(events: many, progress: [], cursor: cursor(300), moved: true)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(0)))
        buffer.beginReplay()
        buffer.replayed(Array(many.prefix(256)), isWhole: false)
        #expect(drain(&buffer).count == 256)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(256)))
        buffer.beginReplay()
        buffer.replayed(Array(many.suffix(44)), isWhole: true)
        #expect(drain(&buffer).map(\.cursor.sequence) == Array(257...300))
        #expect(buffer.next(mayLook: false) == .wait)
    }

    @Test func whatComesDuringAReplayIsNeitherLostNorDoubled() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: true)
        #expect(buffer.next(mayLook: false) == .replay(after: cursor(0)))
        buffer.beginReplay()
        buffer.take(events: [event(.queued, 2), event(.queued, 3)], progress: [], cursor: cursor(3), moved: true)
        buffer.replayed([event(.queued, 1), event(.queued, 2)], isWhole: true)
        #expect(drain(&buffer).map(\.cursor.sequence) == [1, 2, 3])
    }

    @Test func anotherLogStartsOver() {
        var buffer = WatchBuffer(cursor: cursor(5), remaining: nil, isBehind: false)
        buffer.take(events: [], progress: [], cursor: EventCursor(log: "restored", sequence: 2), moved: false)
        #expect(buffer.next(mayLook: false) == .startOver)
    }

    /// From the middle of a snapshot nobody can go on: the jobs that were still to be told would never be.
    @Test(arguments: [false, true])
    func onlyTheLastOfASnapshotCarriesAPlace(isReset: Bool) {
        var buffer = WatchBuffer(cursor: cursor(1), remaining: nil, isBehind: true)
        let jobs = (0..<3).map { _ in queuedJob() }
        let reset = JobEvent(kind: .reset, isFinal: false, cursor: cursor(9), at: .distantPast, jobID: nil)
        buffer.present(
            StoreSnapshot(jobs: jobs, cursor: cursor(9)),
            telling: isReset ? reset : nil,
            isEnding: false
        )
        buffer.take(events: [event(.queued, 10)], progress: [], cursor: cursor(10), moved: true)
        let events = drain(&buffer)
        #expect(events.compactMap(\.jobID) == jobs.map(\.id) + [job])
        let places = events.map(\.cursor)
        #expect(places.suffix(2) == [cursor(9), cursor(10)])
        #expect(places.dropLast(2).allSatisfy { $0.log != log })
        #expect(buffer.cursor == cursor(10))
    }

    private func queuedJob() -> Job {
        Job(
            id: .make(),
            messageID: MessageID(rawValue: 1),
            conversation: .none,
            owner: .nobody,
            state: .queued,
            priority: .normal,
            request: TextToImageRequest(prompt: "kedi"),
            createdAt: .distantPast
        )
    }

    @Test func placesAreLookedUpOnlyWhenSomethingMoved() {
        var buffer = WatchBuffer(cursor: cursor(0), remaining: nil, isBehind: false)
        buffer.take(events: [event(.queued, 1)], progress: [], cursor: cursor(1), moved: true)
        _ = drain(&buffer)
        buffer.take(events: [], progress: [], cursor: cursor(1), moved: false)
        #expect(buffer.next(mayLook: true) == .wait)
        buffer.take(events: [], progress: [], cursor: cursor(1), moved: true)
        #expect(buffer.next(mayLook: false) == .wait)
        #expect(buffer.next(mayLook: true) == .lookAtPositions(of: [job]))
    }
}
