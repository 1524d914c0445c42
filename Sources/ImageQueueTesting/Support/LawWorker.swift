internal import ImageQueueCore

/// A registered worker that holds a backend, as laws play it.
struct LawWorker: Sendable {
    let store: any JobStore
    let id: WorkerID
    let backend: BackendID

    func wish(
        reserving: Bool = false,
        choose: (@Sendable ([ClaimRequest.Candidate]) -> Int?)? = nil
    ) -> ClaimRequest {
        ClaimRequest(worker: id, backend: backend, isReserving: reserving, choose: choose)
    }

    func claim(
        reserving: Bool = false,
        choose: (@Sendable ([ClaimRequest.Candidate]) -> Int?)? = nil
    ) async throws -> ClaimedJob? {
        try await store.claim(wish(reserving: reserving, choose: choose))
    }

    /// Claims where there must be something to claim.
    func take(
        reserving: Bool = false,
        file: String = #fileID,
        line: Int = #line
    ) async throws -> ClaimedJob {
        try unwrap(try await claim(reserving: reserving), "a job to claim", file: file, line: line)
    }

    @discardableResult
    func settle(_ claimed: ClaimedJob, _ ending: AttemptEnding) async throws -> JobState {
        try await store.settle(claimed.lease, as: ending, beginning: nil, then: nil).state
    }

    /// Whether nothing can be claimed.
    func isIdle() async throws -> Bool { try await claim(choose: { _ in 0 }) == nil }
}

extension ClaimedJob {
    /// A picture as this attempt would have stored it.
    func picture(_ number: Int) -> GeneratedImage {
        GeneratedImage(
            number: number,
            attempt: lease.attempt,
            path: ImageFileName(
                job: job.id,
                createdAt: job.createdAt,
                attempt: lease.attempt,
                number: number,
                format: .png
            ).path,
            format: .png,
            width: job.request.drawing?.width ?? 64,
            height: job.request.drawing?.height ?? 64,
            byteCount: 70,
            sha256: String(repeating: "0a", count: 32),
            seed: (job.request.drawing?.seed(ofPicture: number)).map { UInt64($0) },
            prompt: job.request.prompt,
            infotext: job.request.drawing.map { "Steps: \($0.steps)" },
            warnings: ["another sampler"],
            parent: job.request.parent
        )
    }
}
