public import Foundation

/// One generation that started: what was asked and what was really done.
public struct GenerationRecord: Sendable, Identifiable {
    /// Counts from 1 in the order of the starts.
    public var id: Int
    /// The `force_task_id`, or the id that Forge made up.
    public var taskID: String
    /// "/sdapi/v1/txt2img" or "/sdapi/v1/img2img".
    public var path: String
    /// The prompt.
    public var prompt: String
    /// The seed of the first picture, after -1 was resolved; `nil` if it failed before.
    public var seed: String?
    /// When it got the lock.
    public var started: ContinuousClock.Instant
    /// The same by the wall clock.
    public var startedAt: Date
    /// When it gave the lock back; `nil` while it runs.
    public var ended: ContinuousClock.Instant?
    /// Sampling steps done, over all iterations.
    public var stepsDone = 0
    /// Sampling steps asked for, over all iterations.
    public var stepsAsked = 0
    /// Whether an interrupt cut it short.
    public var interrupted = false
    /// How many of its iterations were cut short by a skip.
    public var skips = 0
    /// Pictures made, a grid not counted.
    public var pictures = 0
    /// Whether it began while the server had only just started.
    public var wasDegraded = false
    /// "ClassName: message" if it failed; "cancelled" if the server died under it.
    public var failure: String?
}
