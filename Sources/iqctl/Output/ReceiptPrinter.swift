internal import ImageQueueCore

/// Prints what the submitter of jobs gets who doesn't wait.
struct ReceiptPrinter {
    let isJSON: Bool

    /// Each job's id, or with `--json` the whole receipt; and notes of what they wait for.
    func print(_ receipts: [SubmitReceipt], of queue: ImageQueue) async throws {
        var isOver = true
        for receipt in receipts {
            // A receipt by its key is what was told when the job was new.
            let standing = receipt.isRepeat ? try await queue.status(of: receipt.jobID) : nil
            if standing?.state.isFinal != true { isOver = false }
            let record = ReceiptRecord(receipt: receipt, standing: standing)
            try Console.shared.print(isJSON ? JSONLine.text(record) : "\(receipt.jobID)")
            if receipt.isRepeat { Console.shared.note("KNOWN by its key: \(receipt.jobID)") }
        }
        guard !isOver else { return }
        try await WaitNote.tell(of: queue)
        if try await !queue.workers().contains(where: { $0.isAlive && $0.registration.scope == .anyJob }) {
            Console.shared.note("No worker runs; `iqctl worker` starts one.")
        }
    }
}
