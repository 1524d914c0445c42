/// What a writer's process does at each COMMIT of something that has changed, on the writer's thread. It must be quick.
struct CommitObserver: Sendable {
    /// Before it. What it reads is what will have been committed.
    var beforeCommit: @Sendable (Connection) -> Void = { _ in }
    /// After it, before anyone is answered.
    var onCommit: @Sendable (Connection) -> Void = { _ in }
    /// Once everyone is answered: for what nobody need wait for.
    var onAnswered: @Sendable (Connection) -> Void = { _ in }
}
