import ImageQueueCore

/// Submits one job after the other.
struct Submitter {
    let store: any JobStore
    let number: Int

    func run(until end: ContinuousClock.Instant) async -> Tally {
        var tally = Tally()
        var submission = Submission(request: TextToImageRequest(prompt: "kedi çiz"))
        submission.owner = Owner(rawValue: "owner \(number)")
        submission.conversation = ConversationID(rawValue: "conversation \(number)")
        while ContinuousClock.now < end {
            let receipts = await tally.time { try await store.submit([submission]) }
            tally.count += receipts?.count ?? 0
        }
        return tally
    }
}
