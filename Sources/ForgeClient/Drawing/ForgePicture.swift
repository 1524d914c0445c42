internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

/// A picture whose answer has begun to come.
struct ForgePicture: ArrivingImage {
    let call: OpenCall
    /// How the server stood right after the drawing; `nil` where that was not asked.
    let look: ServerProgress?
    let exchange: any ForgeExchange
    let generator: ForgeGenerator

    /// The longest that the transfer of a picture's body may take: it was drawn, but its connection is as good as dead.
    private static let transferLimit = Duration.seconds(120)

    func image() async throws -> DrawnImage {
        let outcome: OpenCall.Outcome? = try await withThrowingTaskGroup(of: OpenCall.Outcome?.self) { group in
            group.addTask { try await call.outcome.value() }
            group.addTask {
                try await generator.time.sleep(for: Self.transferLimit)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        guard let outcome else {
            exchange.abandon()
            throw GenerationError(
                .connectionLost,
                message: "Forge at \(generator.backend) has drawn the picture, but it did not arrive in time."
            )
        }
        var reading = try outcome.get()
        reading.picture?.warnings += call.remarks.withLock(\.self)
        let verdict = Verdict(
            reading: reading,
            wasCutShort: call.watch.withLock { $0.wasCutShort(reading.jobTimestamp, lastLook: look) },
            isStrict: call.task.request.isStrict
        )
        return try verdict.picture()
    }
}
