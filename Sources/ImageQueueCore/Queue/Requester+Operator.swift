extension Requester {
    /// Refuses what only an operator may do.
    ///
    /// - Throws: ``QueueError`` with code `not_permitted` for an owner.
    public func requireOperator() throws {
        guard case .owner = self else { return }
        throw QueueError(code: .notPermitted, message: "Only an operator may do this; an owner may not.")
    }
}
