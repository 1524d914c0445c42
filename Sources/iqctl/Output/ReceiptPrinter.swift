import ImageQueueCore

/// Prints what the submitter of jobs gets who doesn't wait.
struct ReceiptPrinter {
    let isJSON: Bool

    /// Each job's id, or with `--json` the whole receipt; and a note if nobody is there to draw them.
    func print(_ receipts: [SubmitReceipt], of queue: ImageQueue) async throws {
        for receipt in receipts {
            try Console.shared.print(isJSON ? JSONLine.text(ReceiptRecord(receipt: receipt)) : "\(receipt.jobID)")
        }
        if try await !queue.workers().contains(where: { $0.isAlive && $0.registration.scope == .anyJob }) {
            Console.shared.note("No worker runs; `iqctl worker` starts one.")
        }
    }
}
