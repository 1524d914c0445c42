internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Waits for the end of a call's answer. Once its head is there, its body must come in time: else the exchange is given
    /// up and the answer is judged by its head alone.
    ///
    /// - Returns: What `call.outcome` holds from then on.
    /// - Throws: `CancellationError`.
    func end(of call: OpenCall, over exchange: any ForgeExchange) async throws -> OpenCall.Outcome {
        guard case .status(let status) = try await call.head.value() else { return try await call.outcome.value() }
        let limit = status == 200 ? Self.transferLimit : Self.refusalLimit
        let hasCome = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = try await call.outcome.value()
                return true
            }
            group.addTask {
                try await self.time.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
        if !hasCome {
            logger.info("The body of an answer does not come", metadata: ["forge.task": "\(call.task.id)"])
            exchange.abandon()
            call.judge(byStatus: status)
        }
        return try await call.outcome.value()
    }

    /// The longest that the transfer of a picture's body may take: it was drawn, but its connection is as good as dead.
    private static let transferLimit = Duration.seconds(120)
    /// The longest that the body of a refusal or a failure may take: it is short, and the next request waits for it.
    private static let refusalLimit = Duration.seconds(10)
}
