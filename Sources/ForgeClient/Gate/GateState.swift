internal import ImageQueueCore

/// What may leave for the backend now: one generation at a time, and none while an interrupt of ours could hit it.
///
/// An interrupt hits whatever runs when it arrives (FORGE.md, section 8). So the next request waits until the
/// interrupt before it has been answered, or can no longer arrive.
struct GateState: Sendable, Equatable {
    typealias Task = DrawingTask.ID

    /// A generation request of ours.
    struct Call: Sendable, Equatable {
        var task: Task
        /// Tells it from an earlier call for the same task.
        var number: Int
        /// Whether Forge knows it by its task's id.
        var hasTaskID = true
        /// How long it may be on its way; Forge knows it once it is there.
        var uploadTime = Duration.zero
        /// Forge was found not to have it.
        var isLost = false
        /// The request is out, and nothing has come back.
        var isOpen = true
        /// Nobody waits for its answer any more.
        var isGivenUp = false
        /// An interrupt was sent for it.
        var isInterrupted = false
    }

    enum Interrupt: Sendable, Equatable {
        case none
        /// Forge is being asked whether the task runs.
        case checking(Task)
        /// The interrupt is out.
        case unanswered(Task)
    }

    enum DrawAdmission: Sendable, Equatable {
        /// The request leaves now, as this call.
        case go(number: Int)
        /// Ask again after the next change.
        case waitForChange
        /// Ask again then.
        case wait(until: Duration)
        /// Forge may still work on an earlier request of ours: see to its end first.
        case settle(Task)
        /// An interrupt came while it waited.
        case withdrawn
    }

    enum InterruptAdmission: Sendable, Equatable {
        /// Ask Forge whether the task runs. `isOurs`: a request of this generator's is known to be with Forge.
        case check(isOurs: Bool)
        /// The task's answer has come, another task is being drawn, or an interrupt of another is unanswered.
        case notRunning
        /// Ask again after the next change.
        case waitForChange
        /// One for it is out, and unanswered: a second could only come later still.
        case underWay
        /// Forge can't tell the task from others: it is not to be interrupted.
        case impossible
    }

    enum InterruptEnd: Sendable, Equatable {
        /// Nothing was sent.
        case notSent
        /// Forge has answered, or was never reached.
        case settled
        /// The connection is dead and no answer came: it may still arrive for a little while.
        case lost
    }

    /// How long an interrupt whose connection is dead may still arrive.
    static let interruptLinger = Duration.seconds(2)

    private(set) var call: Call?
    /// A task whose request ended without an answer: Forge may still work on it.
    private(set) var leftover: Task?
    /// Whether Forge knows what was left over by an id; `nil` for what another process sent.
    private(set) var leftoverHasTaskID: Bool? = true
    /// The last task whose answer came. A failed task looks active until another begins (FORGE.md, section 6).
    private(set) var lastAnswered: Task?
    private(set) var interrupt = Interrupt.none
    private(set) var closedUntil = Duration.zero
    /// The tasks that wait to be admitted, and whether an interrupt has come for them.
    private var waiting: [Task: Bool] = [:]
    private var lastNumber = 0

    init() {}

    mutating func admitDraw(
        of task: Task,
        hasTaskID: Bool = true,
        uploadTime: Duration = .zero,
        at now: Duration
    ) -> DrawAdmission {
        guard !isWithdrawn(task) else { return .withdrawn }
        guard interrupt == .none else { return .waitForChange }
        if let call { return call.isOpen && call.isGivenUp ? .settle(call.task) : .waitForChange }
        if let leftover { return .settle(leftover) }
        guard now >= closedUntil else { return .wait(until: closedUntil) }
        lastNumber += 1
        call = Call(task: task, number: lastNumber, hasTaskID: hasTaskID, uploadTime: uploadTime)
        waiting[task] = nil
        return .go(number: lastNumber)
    }

    /// A task begins to wait, or goes on to.
    mutating func enter(_ task: Task) { waiting[task] = isWithdrawn(task) }

    /// A task waits no longer.
    mutating func exit(_ task: Task) { waiting[task] = nil }

    /// An interrupt has come for a task; answers whether it waits here, and so is never sent.
    mutating func withdraw(_ task: Task) -> Bool {
        guard waiting[task] != nil else { return false }
        waiting[task] = true
        return true
    }

    /// Whether an interrupt came for a task that waits.
    func isWithdrawn(_ task: Task) -> Bool { waiting[task] == true }

    /// The connection of a call has ended.
    mutating func ended(number: Int, answered: Bool, mayHaveBegun: Bool = true) {
        guard var ended = call, ended.number == number, ended.isOpen else { return }
        if answered {
            lastAnswered = ended.task
            if leftover == ended.task { leftover = nil }
        } else if mayHaveBegun {
            leftover = ended.task
            leftoverHasTaskID = ended.hasTaskID
        }
        ended.isOpen = false
        call = ended.isGivenUp ? nil : ended
    }

    /// Forge has no such task, though the connection of its call is still there.
    mutating func lose(number: Int) {
        if call?.number == number { call?.isLost = true }
    }

    /// How long a task that Forge does not know may be on its way: its request is out, and was not found to be lost.
    /// `nil`: Forge no longer has it.
    func uploadTime(of task: Task) -> Duration? {
        guard let call, call.task == task, call.isOpen, !call.isLost else { return nil }
        return call.uploadTime
    }

    /// Another request goes out for a call that was answered.
    mutating func reopen(number: Int) {
        guard let answered = call, answered.number == number, !answered.isGivenUp else { return }
        call?.isOpen = true
    }

    /// The caller of a call is done with it: it was answered, or is given up.
    mutating func leave(number: Int) {
        guard var left = call, left.number == number else { return }
        left.isGivenUp = true
        call = left.isOpen ? left : nil
    }

    /// Forge no longer has a task that was given up or left over.
    mutating func forget(_ task: Task) {
        if leftover == task { leftover = nil }
        if let call, call.task == task, call.isGivenUp { self.call = nil }
    }

    /// A task that a process now dead had sent may still be with Forge.
    mutating func adopt(_ task: Task) {
        guard leftover == nil, lastAnswered != task else { return }
        leftover = task
        leftoverHasTaskID = nil
    }

    /// Whether a task of ours may still be with Forge although nobody waits for it.
    func isUnsettled(_ task: Task) -> Bool { leftover == task || call?.task == task && call?.isGivenUp == true }

    /// Whether only the end of its connection, if that is still there, tells when Forge is done with a task.
    func isNameless(_ task: Task) -> Bool {
        if let call, call.task == task { return !call.hasTaskID }
        return leftover == task && leftoverHasTaskID == false
    }

    /// Whether Forge may have a task and not know it by its id: an upscale that another process sent, which makes one
    /// picture.
    func mayBeNameless(_ task: Task) -> Bool {
        call?.task != task && leftover == task && leftoverHasTaskID == nil && task.number == 0
    }

    /// Whether a request for the task is out.
    func isOpen(_ task: Task) -> Bool { call?.task == task && call?.isOpen == true }

    /// Whether an interrupt was sent for a call.
    func isInterrupted(number: Int) -> Bool { call?.number == number && call?.isInterrupted == true }

    mutating func beginInterrupt(of task: Task) -> InterruptAdmission {
        switch interrupt {
        case .none: break
        case .checking: return .waitForChange
        // It may stay so for long, and who asks has other things to see to.
        case .unanswered(let other): return other == task ? .underWay : .notRunning
        }
        guard mayInterrupt(task) else { return .notRunning }
        guard !isNameless(task) else { return .impossible }
        interrupt = .checking(task)
        return .check(isOurs: call != nil || leftover == task)
    }

    /// The moment before sending: whether it may still be sent.
    mutating func commitInterrupt(of task: Task) -> Bool {
        guard interrupt == .checking(task), mayInterrupt(task) else { return false }
        interrupt = .unanswered(task)
        call?.isInterrupted = true
        return true
    }

    mutating func endInterrupt(_ end: InterruptEnd, at now: Duration) {
        interrupt = .none
        if end == .lost { closedUntil = max(closedUntil, now + Self.interruptLinger) }
    }

    /// Without a call of ours the task may be one that a dead process sent.
    private func mayInterrupt(_ task: Task) -> Bool {
        guard let call else { return lastAnswered != task }
        return call.task == task && call.isOpen
    }
}
