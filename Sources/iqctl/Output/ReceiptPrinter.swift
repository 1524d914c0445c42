import ImageQueueCore

/// Prints what a job's submitter gets who doesn't wait.
struct ReceiptPrinter {
    let isJSON: Bool

    /// The job's id, or with `--json` the whole receipt; and a note if nobody is there to draw it.
    func print(_ receipt: SubmitReceipt, of queue: ImageQueue) async throws {
        try Console.shared.print(isJSON ? JSONLine.text(ReceiptRecord(receipt: receipt)) : "\(receipt.jobID)")
        if try await !queue.workers().contains(where: { $0.isAlive && $0.registration.scope == .anyJob }) {
            Console.shared.note("No worker runs; `iqctl worker` starts one.")
        }
    }
}
