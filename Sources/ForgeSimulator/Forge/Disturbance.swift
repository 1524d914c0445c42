/// How a generation is disturbed from outside of Forge.
struct Disturbance: Sendable {
    /// Raised right after the task has started.
    var failure: ForgeException?
    /// Raised after the first step.
    var runsOutOfMemory = false
    /// Called in the middle of the steps of the first pass.
    var midway: (@Sendable () -> Void)?
}
