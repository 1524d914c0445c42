internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// Waits for the end of a call's answer. Once its head is there, its body must come in time: else the exchange is
    /// given up and the answer is judged by its head alone.
    ///
    /// - Returns: What `call.outcome` holds from then on.
    /// - Throws: `CancellationError`.
    func end(of call: OpenCall, over exchange: any ForgeExchange) async throws -> OpenCall.Outcome {
        guard case .status(let status) = try await call.head.value() else { return try await call.outcome.value() }
        let hasCome = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = try await call.outcome.value()
                return true
            }
            group.addTask {
                if status == 200 {
                    try await self.standstill(of: exchange)
                } else {
                    try await self.time.sleep(for: Self.refusalLimit)
                }
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

    /// Returns once nothing of a picture has come for too long, or it comes for longer than a picture may take in all.
    ///
    /// - Throws: `CancellationError`.
    private func standstill(of exchange: any ForgeExchange) async throws {
        let begun = time.now
        var (received, news) = (exchange.received, begun)
        while time.now - news < Self.standstillLimit, time.now - begun < configuration.generationTimeout {
            try await time.sleep(for: Self.receivedLook)
            let count = exchange.received
            if count != received { (received, news) = (count, time.now) }
        }
    }

    /// How long nothing of a picture's body may come: it was drawn, but its connection is as good as dead.
    private static let standstillLimit = Duration.seconds(120)
    /// How often what has come of a picture is looked at.
    private static let receivedLook = Duration.seconds(5)
    /// The longest that the body of a refusal or a failure may take: it is short, and the next request waits for it.
    private static let refusalLimit = Duration.seconds(10)
}
