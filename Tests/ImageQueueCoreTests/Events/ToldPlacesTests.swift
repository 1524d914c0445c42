import Testing

@testable import ImageQueueCore

@Suite("The places that a watcher was told", .timeLimit(.minutes(1)))
struct ToldPlacesTests {
    private let job = JobID.make()

    @Test func placesNearTheFrontAreKept() {
        var places = ToldPlaces(limit: 3)
        let jobs = (0..<6).map { _ in JobID.make() }
        for (index, job) in jobs.enumerated() { places.note(60 - index * 10, of: job) }
        #expect(places.jobs == Set(jobs[3...]))
        places.note(70, of: jobs[0])
        #expect(places.jobs == Set(jobs[3...]))
        places.drop(jobs[3])
        places.note(70, of: jobs[0])
        #expect(places.jobs == [jobs[0], jobs[4], jobs[5]])
    }

    @Test(
        "A new place is news among the first twenty, or a tenth away",
        arguments: [
            (5, 4, true), (5, 5, false), (21, 20, true), (100, 91, false), (100, 90, true), (100, 110, true),
            (100, 109, false), (1000, 21, true),
        ]
    )
    func news(before: Int, now: Int, isNews: Bool) {
        var places = ToldPlaces(limit: 3)
        #expect(!places.isNews(now, of: job))
        places.note(before, of: job)
        #expect(places.isNews(now, of: job) == isNews)
    }

    @Test(
        "Places are looked up once so much has moved that one may be news",
        arguments: [(5, 5, 1), (20, 20, 1), (22, 22, 2), (100, 100, 10), (100, 94, 4), (100, 109, 1), (1000, 910, 10)]
    )
    func enoughMoves(told: Int, found: Int, moves: Int) {
        var places = ToldPlaces(limit: 3)
        places.note(told, of: job)
        places.look()
        places.looked(at: [(job, found)])
        places.outdate(by: moves - 1)
        #expect(!places.areOutdated)
        places.outdate(by: 1)
        #expect(places.areOutdated)
        places.look()
        #expect(!places.areOutdated)
        places.note(1, of: JobID.make())
        places.outdate(by: 1)
        #expect(places.areOutdated)
    }
}
