import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct ProgressDecisionTests {
    @Test func `Progress rises, stays below 1, and takes no nonsense`() {
        var track = ProgressTrack()
        let reports: [Double?] = [0, 0.2, 0.1, .nan, nil, 0.2, -1, .infinity, 0.5, 1, 7]
        #expect(reports.compactMap { track.take(fraction: $0, eta: nil)?.fraction } == [0.2, 0.5, 0.99])
    }

    @Test(arguments: [(3.0, Duration.seconds(3)), (-1, nil), (.nan, nil), (.infinity, nil), (1e9, nil), (nil, nil)])
    func `A guess of the time left is told where it is one`(eta: Double?, remaining: Duration?) {
        var track = ProgressTrack()
        #expect(track.take(fraction: 0.5, eta: eta)?.remaining == remaining)
    }

    @Test func `Polls are at most four a second, and rarer the longer and slower it goes`() {
        let pace = PollPace(shortest: .milliseconds(250))
        #expect(pace.wait(drawing: .zero, answering: .zero) == .milliseconds(250))
        #expect(pace.wait(drawing: .zero, answering: .zero, questions: 2) == .milliseconds(500))
        #expect(pace.wait(drawing: .seconds(10), answering: .zero) == .milliseconds(500))
        #expect(pace.wait(drawing: .seconds(600), answering: .zero) == .seconds(1))
        #expect(pace.wait(drawing: .zero, answering: .milliseconds(500)) == .seconds(2))
        #expect(pace.wait(drawing: .zero, answering: .seconds(10)) == .seconds(10))
        #expect(PollPace(shortest: .seconds(12)).wait(drawing: .zero, answering: .seconds(10)) == .seconds(12))
    }

    @Test func `A short picture shows progress too, yet pictures in a row get no more than four questions a second`() {
        let pace = PollPace(shortest: .milliseconds(250))
        #expect(pace.firstWait(sinceLast: nil, answering: .zero) == .milliseconds(125))
        #expect(pace.firstWait(sinceLast: .seconds(60), answering: .zero, questions: 2) == .milliseconds(125))
        #expect(pace.firstWait(sinceLast: .milliseconds(100), answering: .zero, questions: 2) == .milliseconds(400))
        // A Forge that answered slowly at the picture before is not asked at once at the next.
        #expect(pace.firstWait(sinceLast: .seconds(1), answering: .seconds(1)) == .seconds(3))

        var rounds: [Duration] = []
        var begun = Duration.zero
        for number in 0..<200 {
            let end = begun + .milliseconds(130 + number * 17 % 900)
            var wait = pace.firstWait(sinceLast: rounds.last.map { begun - $0 }, answering: .zero, questions: 2)
            var next = begun + wait
            while next < end {
                rounds.append(next)
                wait = pace.wait(drawing: next - begun, answering: .zero, questions: 2)
                next += wait
            }
            begun = end
        }
        #expect(rounds.count > 100)
        for round in rounds {
            #expect(rounds.count { $0 >= round && $0 < round + .seconds(1) } * 2 <= 4)
        }
    }

    @Test func `A task is lost after three polls over three seconds`() {
        var loss = LossDetector()
        #expect(loss.observe(.gone, at: .seconds(0)) == false)
        #expect(loss.observe(.gone, at: .seconds(4)) == false)
        #expect(loss.observe(.gone, at: .seconds(5)) == true)
        var quick = LossDetector()
        for tenth in 0..<30 { #expect(quick.observe(.refused, at: .milliseconds(tenth * 100)) == false) }
        #expect(quick.observe(.refused, at: .seconds(3)) == true)
    }

    @Test func `A request that may be on its way is not lost, and once it has arrived no other measure counts`() {
        #expect(LossDetector.uploadTime(of: 5_000_000) == .seconds(40))
        var loss = LossDetector(uploadTime: .seconds(40))
        for second in 0..<40 { #expect(loss.observe(.gone, at: .seconds(second)) == false) }
        #expect(loss.observe(.gone, at: .seconds(40)) == true)
        _ = loss.observe(.alive, at: .seconds(41))
        for second in [42, 44] { #expect(loss.observe(.gone, at: .seconds(second)) == false) }
        #expect(loss.observe(.gone, at: .seconds(45)) == true)
        // Another's drawing says nothing of it, and a refusal does not take the time away.
        var shared = LossDetector(uploadTime: .seconds(40))
        _ = shared.observe(.busy, at: .zero)
        for second in 1..<41 {
            #expect(shared.observe(second == 20 ? .refused : .gone, at: .seconds(second)) == false)
        }
        #expect(shared.observe(.gone, at: .seconds(41)) == true)
        // Nobody listens: nothing is on its way.
        var refused = LossDetector(uploadTime: .seconds(40))
        for second in [0, 2] { #expect(refused.observe(.refused, at: .seconds(second)) == false) }
        #expect(refused.observe(.refused, at: .seconds(3)) == true)
    }

    @Test func `A sign of life starts it anew`() {
        var loss = LossDetector()
        _ = loss.observe(.gone, at: .seconds(0))
        _ = loss.observe(.gone, at: .seconds(2))
        _ = loss.observe(.alive, at: .seconds(3))
        #expect(loss.observe(.gone, at: .seconds(4)) == false)
        #expect(loss.observe(.gone, at: .seconds(6)) == false)
        #expect(loss.observe(.gone, at: .seconds(7)) == true)
    }

    @Test func `An ended task has ten seconds to answer`() {
        var loss = LossDetector()
        for second in 0..<10 { #expect(loss.observe(.ended, at: .seconds(second)) == false) }
        #expect(loss.observe(.ended, at: .seconds(10)) == true)
    }

    @Test func `A large picture's ended task has a second more for each million of its pixels`() {
        let pixels = 8192 * 8192
        var loss = LossDetector(encodingTime: LossDetector.encodingTime(ofPixels: pixels))
        _ = loss.observe(.alive, at: .zero)
        for second in 1..<78 { #expect(loss.observe(.ended, at: .seconds(second)) == false) }
        #expect(loss.observe(.ended, at: .seconds(79)) == true)
        #expect(LossDetector.encodingTime(ofPixels: pixels) == .milliseconds(67_108) + .microseconds(864))
    }

    @Test func `A failed task that looks active on an idle server has ended`() throws {
        var watch = DrawingWatch()
        let task: TaskProgress = try Samples.decode(Samples.taskProgress(true, false, false, progress: 0))
        let idle: ServerProgress = try Samples.decode(Samples.serverProgress())
        #expect(!watch.see(task, server: idle, at: .zero).isLost)
        #expect(!watch.see(task, server: idle, at: .seconds(5)).isLost)
        #expect(watch.see(task, server: idle, at: .seconds(10)).isLost)
    }

    @Test func `A job that somebody cut short is remembered by its name`() throws {
        var watch = DrawingWatch()
        let task: TaskProgress = try Samples.decode(Samples.taskProgress(true, false, false, progress: 0.5))
        let cut: ServerProgress = try Samples.decode(
            Samples.serverProgress(running: true, interrupted: true, timestamp: "A")
        )
        _ = watch.see(task, server: cut, at: .zero)
        #expect(watch.wasCutShort("A", lastLook: nil))
        #expect(!watch.wasCutShort("B", lastLook: nil))
        #expect(!watch.wasCutShort(nil, lastLook: nil))
        // Idle, the flag is the last job's: a look after the end, which the name makes ours or not.
        let after: ServerProgress = try Samples.decode(Samples.serverProgress(interrupted: true, timestamp: "B"))
        #expect(watch.wasCutShort("B", lastLook: after))
        #expect(!DrawingWatch().wasCutShort("C", lastLook: after))
    }

    @Test func `A flag of the job before is not ours`() throws {
        var watch = DrawingWatch()
        let queued: TaskProgress = try Samples.decode(Samples.taskProgress(false, true, false))
        let cut: ServerProgress = try Samples.decode(
            Samples.serverProgress(running: true, interrupted: true, timestamp: "A")
        )
        _ = watch.see(queued, server: cut, at: .zero)
        #expect(!watch.wasCutShort("A", lastLook: nil))
    }

    @Test func `Without tasks, a job under way before ours lends no progress`() throws {
        // A job's age is in its guess of the time left: 1.5 s left at 0.6 is 2.25 s old.
        var watch = DrawingWatch(sent: .seconds(10))
        func look(_ timestamp: String, _ progress: Double, at now: Duration) throws -> DrawingProgress? {
            let text = Samples.serverProgress(running: true, timestamp: timestamp, step: 1, progress: progress)
            return watch.see(try Samples.decode(text), at: now).news
        }
        #expect(try look("earlier", 0.6, at: .seconds(11)) == nil)
        #expect(try look("earlier", 0.9, at: .seconds(20)) == nil)
        #expect(try look("ours", 0.3, at: .seconds(25))?.fraction == 0.3)
    }

    @Test func `Without tasks, our own job is known also if the first look comes after its first step`() throws {
        var watch = DrawingWatch(sent: .seconds(10))
        let text = Samples.serverProgress(running: true, step: 7, progress: 0.6)
        #expect(watch.see(try Samples.decode(text), at: .milliseconds(12_300)).news?.fraction == 0.6)
    }

    @Test func `Who may be interrupted, and when`() throws {
        let active = TaskStanding.task(try Samples.decode(Samples.taskProgress(true, false, false)))
        let queued = TaskStanding.task(try Samples.decode(Samples.taskProgress(false, true, false)))
        let completed = TaskStanding.task(try Samples.decode(Samples.taskProgress(false, false, true)))
        let busy = TaskStanding.server(try Samples.decode(Samples.serverProgress(running: true)))
        let idle = TaskStanding.server(try Samples.decode(Samples.serverProgress()))
        for isOurs in [true, false] {
            for exclusivity in [ForgeConfiguration.Exclusivity.shared, .exclusive] {
                #expect(active.refusal(of: exclusivity, isOurs: isOurs) == nil)
                #expect(queued.refusal(of: exclusivity, isOurs: isOurs) == .notRunning)
                #expect(completed.refusal(of: exclusivity, isOurs: isOurs) == .notRunning)
                #expect(idle.refusal(of: exclusivity, isOurs: isOurs) == .notRunning)
            }
            #expect(busy.refusal(of: .shared, isOurs: isOurs) == .impossible)
        }
        #expect(busy.refusal(of: .exclusive, isOurs: true) == nil)
        #expect(busy.refusal(of: .exclusive, isOurs: false) == .notRunning)
    }

    @Test func `A drawing that does not move is told for how long`() throws {
        var watch = DrawingWatch()
        func look(_ fraction: Double, step: Int = 0, at seconds: Int) throws -> Duration {
            let task: TaskProgress = try Samples.decode(Samples.taskProgress(true, false, false, progress: fraction))
            let server: ServerProgress = try Samples.decode(Samples.serverProgress(running: true, step: step))
            return watch.see(task, server: server, at: .seconds(seconds)).still
        }
        #expect(try look(0, at: 0) == .zero)
        #expect(try look(0, at: 5) == .seconds(5))
        #expect(try look(0.1, at: 6) == .zero)
        #expect(try look(0.1, step: 1, at: 8) == .zero)
        #expect(try look(0.1, step: 1, at: 10) == .seconds(2))
        // One that waits for others does not hang.
        let queued: TaskProgress = try Samples.decode(Samples.taskProgress(false, true, false))
        #expect(watch.see(queued, server: nil, at: .seconds(100)).still == .zero)
        #expect(watch.see(queued, server: nil, at: .seconds(200)).still == .zero)
        #expect(try look(0.1, step: 1, at: 300) == .zero)

        var alone = DrawingWatch()
        let server: ServerProgress = try Samples.decode(Samples.serverProgress(running: true, step: 1))
        let idle: ServerProgress = try Samples.decode(Samples.serverProgress())
        #expect(alone.see(server, at: .zero).still == .zero)
        #expect(alone.see(server, at: .seconds(3)).still == .seconds(3))
        #expect(alone.see(idle, at: .seconds(4)).still == .zero)
    }

    @Test func `How long nobody has answered is told, and any answer ends it`() throws {
        var watch = DrawingWatch(sent: .seconds(10))
        #expect(watch.seeSilence(at: .seconds(30)).still == .seconds(20))
        let queued: TaskProgress = try Samples.decode(Samples.taskProgress(false, true, false))
        let idle: ServerProgress = try Samples.decode(Samples.serverProgress())
        let answers: [(inout DrawingWatch, Duration) -> DrawingWatch.Finding] = [
            { $0.see(queued, server: nil, at: $1) }, { $0.see(idle, at: $1) }, { $0.seeLife(at: $1) },
            { $0.seeNonsense(at: $1) },
        ]
        for (turn, answer) in answers.enumerated() {
            let now = Duration.seconds(100 * (turn + 1))
            #expect(answer(&watch, now).still == .zero)
            #expect(watch.seeSilence(at: now + .seconds(40)).still == .seconds(40))
        }
    }
}
