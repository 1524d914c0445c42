import Testing

@testable import ImageQueueCore

@Suite("How long a picture is waited for that is on its way", .timeLimit(.minutes(1)))
struct ArrivalSupervisionTests {
    /// Twenty seconds for what is being drawn at a stop, five for an answer, a look each second.
    private func make() -> ArrivalSupervision { ArrivalSupervision(configuration: WorkerConfiguration()) }

    @Test(
        "Without end, by itself, while it is wanted",
        arguments: [LeaseStanding.held, .returnRequested, .cancelRequested(.afterPicture)]
    )
    func wanted(standing: LeaseStanding) {
        var supervision = make()
        #expect(supervision.look(standing: standing, stopping: nil, at: .seconds(3_600)) == .wait(.seconds(1)))
    }

    @Test("Five seconds from when a cancel is seen")
    func cancel() {
        var supervision = make()
        #expect(supervision.look(standing: .held, stopping: nil, at: .seconds(60)) == .wait(.seconds(1)))
        let cancel = LeaseStanding.cancelRequested(.now)
        #expect(supervision.look(standing: cancel, stopping: nil, at: .seconds(61)) == .wait(.seconds(1)))
        let late = Duration.milliseconds(65_700)
        #expect(supervision.look(standing: cancel, stopping: nil, at: late) == .wait(.milliseconds(300)))
        #expect(supervision.look(standing: cancel, stopping: nil, at: .seconds(66)) == .giveUp(.cancel))
    }

    @Test("Twenty-five seconds from a stop, whenever the wait began")
    func stop() {
        var supervision = make()
        #expect(supervision.look(standing: .held, stopping: .zero, at: .seconds(60)) == .wait(.seconds(1)))
        let late = Duration.milliseconds(24_900)
        #expect(supervision.look(standing: .held, stopping: late, at: .seconds(1)) == .wait(.milliseconds(100)))
        #expect(supervision.look(standing: .held, stopping: .seconds(25), at: .seconds(1)) == .giveUp(.stop))
    }

    @Test("Not at all once the job is somebody else's")
    func lost() {
        var supervision = make()
        #expect(supervision.look(standing: .lost, stopping: nil, at: .seconds(1)) == .giveUp(.lost))
        #expect(supervision.look(standing: .lost, stopping: .seconds(1), at: .seconds(1)) == .giveUp(.lost))
    }
}
