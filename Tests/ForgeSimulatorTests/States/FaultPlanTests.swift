import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct FaultPlanTests {
    private let path = "/sdapi/v1/txt2img"

    private func meet(_ plan: inout FaultPlan, _ path: String, _ uptime: Duration, _ expected: Fault.Effect?) {
        let effect = plan.effect(for: path, uptime: uptime)
        #expect(effect == expected)
    }

    @Test func countsAndWaits() {
        var plan = FaultPlan([Fault(.hang, at: .txt2img, times: 2, after: 1)])
        let met = (0..<5).map { _ in plan.effect(for: path, uptime: .zero) }
        #expect(met == [nil, .hang, .hang, nil, nil])
        meet(&plan, "/sdapi/v1/img2img", .zero, nil)
    }

    @Test func theFirstOrderedComesFirst() {
        var plan = FaultPlan([Fault(.reset, at: .generation, times: 1)])
        plan.order(Fault(.hang))
        meet(&plan, path, .zero, .reset)
        meet(&plan, path, .zero, .hang)
        plan.clear()
        meet(&plan, path, .zero, nil)
    }

    @Test func startUpEnds() {
        var plan = FaultPlan([Fault(.startUp(.seconds(1)))])
        meet(&plan, "/", .milliseconds(999), .startUp(.seconds(1)))
        meet(&plan, "/", .seconds(1), nil)
    }

    @Test func chanceIsFair() {
        var plan = FaultPlan([Fault(.reset, probability: 0.3, seed: 9)])
        let met = (0..<10_000).filter { _ in plan.effect(for: path, uptime: .zero) != nil }.count
        #expect((2800...3200).contains(met))
    }
}
