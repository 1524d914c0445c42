import ImageQueueCore

/// What a server does that only submits and looks: the core of the library and nothing else.
@main
struct Consumer {
    static func main() async throws {
        let queue = ImageQueue(store: InMemoryJobStore())
        let receipt = try await queue.submit(Submission(request: TextToImageRequest(prompt: "kedi çiz")))
        let job = try await queue.status(of: receipt.jobID)
        guard job?.state == .queued, job?.position == 1, job?.messageID == receipt.messageID else {
            fatalError("The job is not where it was put: \(String(describing: job))")
        }
        print("queued as message \(receipt.messageID)")
    }
}
