internal import ImageQueueConcurrency
internal import ImageQueueCore

/// A picture whose answer has begun to come.
struct ForgePicture: ArrivingImage {
    let call: OpenCall
    /// How the server stood right after the drawing; `nil` where that was not asked.
    let look: ServerProgress?
    let exchange: any ForgeExchange
    let generator: ForgeGenerator

    func image() async throws -> DrawnImage {
        let outcome: OpenCall.Outcome
        do {
            outcome = try await generator.end(of: call, over: exchange)
        } catch {
            exchange.abandon()
            throw error
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
