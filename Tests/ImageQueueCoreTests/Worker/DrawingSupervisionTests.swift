import Testing

@testable import ImageQueueCore

@Suite("What happens to a picture when a cancel, a stop or a loss comes", .timeLimit(.minutes(1)))
struct DrawingSupervisionTests {
    private func make() -> DrawingSupervision { DrawingSupervision(configuration: WorkerConfiguration()) }

    @Test func nothingToDoMeansToLookAgainSoon() {
        var supervision = make()
        #expect(supervision.look(standing: .held, isStopping: false, at: .zero) == .wait(.seconds(1)))
        #expect(supervision.reason == nil)
        #expect(!supervision.wasInterrupted)
    }

    @Test func aCancelInterruptsAtOnceAndEveryTwoSeconds() {
        var supervision = make()
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .seconds(3)) == .interrupt)
        supervision.interrupted(.notRunning)
        #expect(!supervision.wasInterrupted)
        #expect(
            supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .seconds(4)) == .wait(.seconds(1))
        )
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .seconds(5)) == .interrupt)
        supervision.interrupted(.sent)
        #expect(supervision.wasInterrupted)
        #expect(supervision.reason == .cancel)
    }

    @Test func aBackendThatCannotBeInterruptedIsGivenUpAtOnce() {
        var supervision = make()
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .zero) == .interrupt)
        supervision.interrupted(.impossible)
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .zero) == .giveUp(.cancel))
    }

    @Test func aBackendThatCannotBeAskedWasNotInterruptedAndIsAskedAgain() {
        var supervision = make()
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .zero) == .interrupt)
        supervision.interrupted(nil)
        #expect(!supervision.wasInterrupted)
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .seconds(2)) == .interrupt)
    }

    @Test func aCancelAtABackendThatStaysSilentIsGivenUp() {
        var supervision = make()
        func look(_ second: Int) -> DrawingSupervision.Action {
            supervision.look(standing: .cancelRequested(.now), isStopping: false, at: .seconds(second))
        }
        #expect(look(0) == .interrupt)
        supervision.interrupted(.notRunning)
        #expect(look(2) == .interrupt)
        supervision.interrupted(nil)
        #expect(supervision.isBackendSilent)
        #expect(look(4) == .interrupt)
        supervision.interrupted(nil)
        #expect(look(6) == .interrupt)
        // It answers: the drawing waits its turn there.
        supervision.interrupted(.notRunning)
        #expect(!supervision.isBackendSilent)
        for second in [8, 10, 12] {
            #expect(look(second) == .interrupt)
            supervision.interrupted(nil)
        }
        #expect(look(13) == .giveUp(.cancel))
    }

    @Test func aStopLeavesTwentySecondsThenInterruptsThenWaitsFiveForTheAnswer() {
        var supervision = make()
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(10)) == .wait(.seconds(1)))
        #expect(
            supervision.look(standing: .held, isStopping: true, at: .milliseconds(29_700)) == .wait(.milliseconds(300))
        )
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(30)) == .interrupt)
        #expect(supervision.reason == .stop)
        supervision.interrupted(.sent)
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(31)) == .wait(.seconds(1)))
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(32)) == .interrupt)
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(34)) == .interrupt)
        #expect(supervision.look(standing: .held, isStopping: true, at: .seconds(35)) == .giveUp(.stop))
    }

    @Test func aLostLeaseIsInterruptedAndNotWaitedForWithoutEnd() {
        var supervision = make()
        #expect(supervision.look(standing: .lost, isStopping: false, at: .zero) == .interrupt)
        #expect(supervision.reason == .lost)
        #expect(supervision.look(standing: .lost, isStopping: false, at: .seconds(5)) == .giveUp(.lost))
    }

    @Test func aCancelDuringAStopIsACancel() {
        var supervision = make()
        _ = supervision.look(standing: .held, isStopping: true, at: .zero)
        #expect(supervision.look(standing: .cancelRequested(.now), isStopping: true, at: .seconds(1)) == .interrupt)
        #expect(supervision.reason == .cancel)
    }
}
