import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct ProgressStateTests {
    private func running(iterations: Int, steps: Int) -> ProgressState {
        var state = ProgressState()
        state.begin(job: "scripts_txt2img", timestamp: "20260101000000")
        state.setJobCount(iterations)
        state.beginSampling(steps: steps)
        return state
    }

    @Test func countsAsTheRecordingDoes() {
        // recordings/04-progress: 24 steps, two iterations.
        var state = running(iterations: 2, steps: 24)
        #expect(state.apiProgress == 0.01)
        state.finishStep(1)
        #expect(abs(state.apiProgress - 0.03083333333333333) < 1e-12)
        state.finishStep(23)
        #expect(abs(state.apiProgress - 0.4891666666666667) < 1e-12)
        state.nextJob()
        #expect(abs(state.apiProgress - 0.51) < 1e-12)
        #expect(abs(state.taskProgress - 0.5) < 1e-12)
        state.end()
        #expect(state.apiProgress == 0)
        #expect(state.jobTimestamp == "20260101000000")
        #expect(state.jobNumber == 1)
        #expect(state.samplingSteps == 24)
    }

    @Test func loadingAModelShowsAHundredth() {
        var state = running(iterations: 1, steps: 12)
        state.begin(job: "scripts_txt2img", timestamp: "20260101000001")
        #expect(state.jobCount == -1)
        #expect(state.samplingSteps == 12)
        #expect(state.apiProgress == 0.01)
        #expect(state.taskProgress == 0)
        #expect(state.taskETA(elapsed: 3) == nil)
    }

    @Test func flagsOutliveTheJobAndEndWithTheNext() {
        var state = running(iterations: 1, steps: 3)
        state.interrupt()
        state.skip()
        state.end()
        #expect(state.interrupted && state.skipped)
        state.begin(job: "scripts_txt2img", timestamp: "20260101000001")
        #expect(!state.interrupted && !state.skipped)
    }

    @Test func theStuckStateIsFullAndItsTimeIsNegative() {
        // recordings/08-img2img-extras/ex-unknown-upscaler-state-later
        var state = ProgressState()
        state.begin(job: "extras", timestamp: "20260101000000")
        state.setJob("Upscale")
        state.setJobCount(1)
        state.nextJob()
        #expect(state.apiProgress == 1)
        #expect(abs(state.apiETA(elapsed: 1.00808) + 0.009981) < 1e-5)
    }

    @Test func previewsComeEveryTenSteps() {
        var state = running(iterations: 1, steps: 25)
        for step in 0..<25 {
            state.finishStep(step)
            #expect(state.previewID == step / 10)
            #expect(state.previewStep == (step < 10 ? nil : step / 10 * 10))
        }
        state.end()
        #expect(state.previewStep == nil)
    }
}
