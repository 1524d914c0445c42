import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct GateStateTests {
    private let one = Samples.taskID(1)
    private let two = Samples.taskID(2)

    private func opened() -> GateState {
        var state = GateState()
        #expect(state.admitDraw(of: one, at: .zero) == .go(number: 1))
        return state
    }

    @Test func `One generation at a time`() {
        var state = opened()
        #expect(state.admitDraw(of: two, at: .zero) == .waitForChange)
        state.ended(number: 1, answered: true)
        // Its caller still looks at how the server stands.
        #expect(state.admitDraw(of: two, at: .zero) == .waitForChange)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test func `What was given up is seen to first`() {
        var state = opened()
        state.leave(number: 1)
        #expect(state.isUnsettled(one))
        #expect(state.admitDraw(of: two, at: .zero) == .settle(one))
        state.ended(number: 1, answered: true)
        #expect(!state.isUnsettled(one))
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test func `Forge's word that it no longer has the task is enough`() {
        var state = opened()
        state.leave(number: 1)
        state.forget(one)
        #expect(state.admitDraw(of: one, at: .zero) == .go(number: 2))
        // The end of the earlier connection is not this one's.
        state.ended(number: 1, answered: true)
        #expect(state.isOpen(one))
    }

    @Test func `A call without an answer may still be drawn`() {
        var state = opened()
        state.ended(number: 1, answered: false)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .zero) == .settle(one))
        state.forget(one)
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test func `A call that never began leaves nothing`() {
        var state = opened()
        state.ended(number: 1, answered: false, mayHaveBegun: false)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test func `A given-up call whose connection breaks is still seen to`() {
        var state = opened()
        state.leave(number: 1)
        state.ended(number: 1, answered: false)
        #expect(state.admitDraw(of: two, at: .zero) == .settle(one))
    }

    @Test func `An interrupt of a task that waits withdraws it, and no other`() {
        var state = opened()
        state.enter(two)
        #expect(state.admitDraw(of: two, at: .zero) == .waitForChange)
        #expect(state.withdraw(two) == true)
        #expect(state.withdraw(one) == false)
        #expect(state.isWithdrawn(two) && !state.isWithdrawn(one))
        state.ended(number: 1, answered: true)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .zero) == .withdrawn)
        state.exit(two)
        state.enter(two)
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
        // Admitted, it waits no longer.
        #expect(state.withdraw(two) == false)
        #expect(state.beginInterrupt(of: two) == .check(isOurs: true))
    }

    @Test func `A task whose answer came is not seen to once more`() {
        var state = opened()
        state.leave(number: 1)
        state.adopt(one)
        #expect(state.leftover == one)
        state.ended(number: 1, answered: true)
        #expect(!state.isUnsettled(one))
        state.adopt(one)
        #expect(!state.isUnsettled(one))
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test func `Only what is out, and was not found to be lost, may be on its way`() {
        var state = GateState()
        #expect(state.admitDraw(of: one, uploadTime: .seconds(9), at: .zero) == .go(number: 1))
        #expect(state.uploadTime(of: one) == .seconds(9))
        #expect(state.uploadTime(of: two) == nil)
        state.lose(number: 1)
        #expect(state.uploadTime(of: one) == nil)
    }

    @Test func `No request leaves while an interrupt is under way`() {
        var state = opened()
        #expect(state.beginInterrupt(of: one) == .check(isOurs: true))
        state.ended(number: 1, answered: true)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .zero) == .waitForChange)
        // Its answer came in between: another's picture would be hit.
        #expect(state.commitInterrupt(of: one) == false)
        state.endInterrupt(.notSent, at: .zero)
        #expect(state.admitDraw(of: two, at: .zero) == .go(number: 2))
    }

    @Test(arguments: [GateState.InterruptEnd.settled, .notSent])
    func `An answered interrupt opens the gate at once`(end: GateState.InterruptEnd) {
        var state = opened()
        _ = state.beginInterrupt(of: one)
        #expect(state.commitInterrupt(of: one) == true)
        #expect(state.isInterrupted(number: 1))
        state.ended(number: 1, answered: true)
        state.leave(number: 1)
        #expect(state.admitDraw(of: two, at: .seconds(5)) == .waitForChange)
        state.endInterrupt(end, at: .seconds(5))
        #expect(state.admitDraw(of: two, at: .seconds(5)) == .go(number: 2))
    }

    @Test func `A lost interrupt keeps the gate closed for two seconds more`() {
        var state = opened()
        _ = state.beginInterrupt(of: one)
        #expect(state.commitInterrupt(of: one) == true)
        state.ended(number: 1, answered: true)
        state.leave(number: 1)
        state.endInterrupt(.lost, at: .seconds(5))
        #expect(state.admitDraw(of: two, at: .seconds(6)) == .wait(until: .seconds(7)))
        #expect(state.admitDraw(of: two, at: .seconds(7)) == .go(number: 2))
    }

    @Test func `No second interrupt is sent while one is unanswered, and nobody waits for that`() {
        var state = opened()
        _ = state.beginInterrupt(of: one)
        #expect(state.beginInterrupt(of: one) == .waitForChange)
        #expect(state.commitInterrupt(of: one) == true)
        #expect(state.beginInterrupt(of: one) == .underWay)
        state.ended(number: 1, answered: true)
        state.leave(number: 1)
        #expect(state.beginInterrupt(of: one) == .underWay)
        #expect(state.beginInterrupt(of: two) == .notRunning)
        #expect(state.admitDraw(of: two, at: .seconds(1700)) == .waitForChange)
        state.endInterrupt(.settled, at: .seconds(1700))
        #expect(state.admitDraw(of: two, at: .seconds(1700)) == .go(number: 2))
    }

    @Test func `Only the open task may be interrupted`() {
        var state = opened()
        #expect(state.beginInterrupt(of: two) == .notRunning)
        state.ended(number: 1, answered: true)
        #expect(state.beginInterrupt(of: one) == .notRunning)
        state.leave(number: 1)
        // A failed task looks active to Forge until another begins.
        #expect(state.beginInterrupt(of: one) == .notRunning)
    }

    @Test func `An orphan may be interrupted while nothing of ours is open`() {
        var state = GateState()
        #expect(state.beginInterrupt(of: one) == .check(isOurs: false))
        #expect(state.beginInterrupt(of: two) == .waitForChange)
        #expect(state.commitInterrupt(of: one) == true)
    }

    @Test func `What was given up or left over may be interrupted`() {
        var state = opened()
        state.leave(number: 1)
        #expect(state.beginInterrupt(of: one) == .check(isOurs: true))
        state.endInterrupt(.notSent, at: .zero)
        state.ended(number: 1, answered: false)
        #expect(state.beginInterrupt(of: one) == .check(isOurs: true))
    }

    @Test func `Nothing is committed that was not checked`() {
        var state = opened()
        #expect(state.commitInterrupt(of: one) == false)
        _ = state.beginInterrupt(of: one)
        #expect(state.commitInterrupt(of: two) == false)
    }

    /// Any order of events: at most one call, and none leaves beside an interrupt.
    @Test(arguments: 0..<40)
    func `The fence holds in any order`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var state = GateState()
        var now = Duration.zero
        var isInterrupting = false
        var closedUntil = Duration.zero
        for _ in 0..<2000 {
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            let task = Samples.taskID(Int.random(in: 1...3, using: &random))
            switch Int.random(in: 0..<8, using: &random) {
            case 0, 1:
                let before = state.call
                if case .go = state.admitDraw(of: task, at: now) {
                    #expect(before == nil && !isInterrupting && now >= closedUntil)
                }
            case 2: if let call = state.call { state.ended(number: call.number, answered: Bool.random(using: &random)) }
            case 3: if let call = state.call { state.leave(number: call.number) }
            case 4: state.forget(task)
            case 5: if case .check = state.beginInterrupt(of: task) { isInterrupting = true }
            case 6:
                if state.commitInterrupt(of: task) {
                    #expect(state.call.map { $0.task == task && $0.isOpen } ?? true)
                }
            default:
                guard isInterrupting else { continue }
                isInterrupting = false
                let isLost = Bool.random(using: &random)
                state.endInterrupt(isLost ? .lost : .settled, at: now)
                if isLost { closedUntil = now + GateState.interruptLinger }
            }
        }
    }
}

/// SplitMix64: equal seeds give equal runs.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
