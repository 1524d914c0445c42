import ForgeClient
import ForgeSimulator
import ImageQueueCore
import Testing

/// What follows each kind of failure, through a worker and over HTTP.
@Suite("A worker on a Forge that fails", .timeLimit(.minutes(1)))
struct PolicyTests {
    private static let generate = "/sdapi/v1/txt2img"
    private static let unload = "/sdapi/v1/unload-checkpoint"
    private static let lost = "error=AttributeError:'NoneType' object has no attribute 'sd_checkpoint_info'@txt2img"

    @Test("What is to be tried elsewhere is drawn by another, and comes to no Forge twice that failed at it")
    func elsewhere() async throws {
        try await Studio.withForge([Self.lost], { $0.stepTime = .milliseconds(20) }) { broken in
            try await Studio.withForge([], { $0.stepTime = .milliseconds(20) }) { whole in
                let studio = Studio()
                var jobs: [JobID] = []
                for number in 0..<4 { jobs.append(try await studio.submit("\(number)", steps: 5)) }
                let generators = [
                    try Studio.generator(broken) { $0.revivesModels = false }, try Studio.generator(whole),
                ]
                try await studio.working(on: generators) {
                    for job in jobs {
                        let done = try await studio.ended(job)
                        #expect(done.state == .complete)
                    }
                }
                let failed = broken.generations.map { $0.taskID.dropLast(4) }
                #expect(!failed.isEmpty && Set(failed).count == failed.count)
                #expect(whole.generations.count == 4)
            }
        }
    }

    @Test("A password that is refused in mid-job pauses the Forge; the job and its first picture are kept")
    func unauthorized() async throws {
        try await Studio.withForge(["detail=401:Not authenticated@txt2img*1+1"]) { forge in
            let studio = Studio()
            let job = try await studio.submit { $0.pictureCount = 3 }
            try await studio.working(
                on: [try Studio.generator(forge)],
                { $0.breaker.shortestWait = .milliseconds(400) }
            ) {
                let done = try await studio.ended(job)
                #expect(done.state == .complete && done.images.count == 3)
                #expect(Set(done.images.map(\.attempt)) == [1, 2])
            }
            let posts = forge.log.filter { $0.path == Self.generate }
            #expect(posts.count == 4)
            #expect(try #require(posts.last).arrived - posts[1].arrived >= .milliseconds(400))
        }
    }

    @Test("Out of memory twice fails the job, with the model unloaded in between, and the next one is drawn")
    func outOfMemory() async throws {
        try await Studio.withForge(["out-of-memory@txt2img*2"]) { forge in
            let studio = Studio()
            try await studio.working(on: [try Studio.generator(forge)]) {
                let first = try await studio.ended(studio.submit())
                #expect(first.failure?.code == .outOfMemory)
                let second = try await studio.ended(studio.submit())
                #expect(second.state == .complete)
            }
            let calls = forge.log.map(\.path).filter { $0 == Self.generate || $0 == Self.unload }
            #expect(calls == [Self.generate, Self.unload, Self.generate, Self.unload, Self.generate])
        }
    }

    @Test("What was refused is never tried again, and the next job is drawn")
    func rejected() async throws {
        try await Studio.withForge(["validation=width@txt2img*1"]) { forge in
            let studio = Studio()
            try await studio.working(on: [try Studio.generator(forge)]) {
                let one = try await studio.ended(studio.submit())
                #expect(one.failure?.code == .rejectedInput)
                let two = try await studio.ended(studio.submit())
                #expect(two.state == .complete)
            }
            #expect(forge.count(Self.generate) == 2)
        }
    }

    @Test("A hung drawing is interrupted and tried once more")
    func hung() async throws {
        try await Studio.withForge([], { $0.stepTime = .milliseconds(900) }) { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.stallLimit = .milliseconds(300) }
            try await studio.working(on: [generator], { $0.slowLook = .milliseconds(50) }) {
                let one = try await studio.ended(studio.submit(steps: 50))
                #expect(one.failure?.code == .hung)
            }
            #expect(forge.generations.count == 2)
            #expect(forge.generations.first?.interrupted == true)
            #expect(forge.mostGenerationsAtOnce == 1)
        }
    }

    static let failures: [(fault: String, GenerationError.FailureClass)] = [
        ("drop@txt2img", .connectionLost), ("garbage@txt2img", .malformedAnswer),
        ("out-of-memory@txt2img", .outOfMemory),
        ("error=RuntimeError:broken@txt2img", .backendFailed), ("validation=width@txt2img", .rejectedInput),
        ("no-pictures@txt2img", .interruptedByOther), (lost, .modelBroken), ("detail=401:no@txt2img", .unauthorized),
    ]

    @Test("The user's rule for a failure takes effect", arguments: failures)
    func userRules(fault: String, failure: GenerationError.FailureClass) async throws {
        let rules: [(RetryPolicy.Rule, tries: Int)] = [
            (.failNow, 1), (.retryAtOnce(tries: 2), 2), (.retry(tries: 3), 3),
        ]
        for (rule, tries) in rules {
            try await Studio.withForge([fault]) { forge in
                let studio = Studio()
                let generator = try Studio.generator(forge) { $0.revivesModels = false }
                try await studio.working(on: [generator], { $0.retryPolicy.rules[failure] = rule }) {
                    let one = try await studio.ended(studio.submit())
                    #expect(one.failure?.code == failure.failureCode)
                }
                #expect(forge.count(Self.generate) == tries, "\(rule)")
            }
        }
        // A pause spends no try: the job waits for as long as the Forge fails.
        try await Studio.withForge([fault + "*4"]) { forge in
            let studio = Studio()
            let generator = try Studio.generator(forge) { $0.revivesModels = false }
            let change: (inout WorkerConfiguration) -> Void = {
                $0.retryPolicy.rules[failure] = .pauseBackend
                $0.breaker.openTime = .milliseconds(50)
            }
            try await studio.working(on: [generator], change) {
                let two = try await studio.ended(studio.submit())
                #expect(two.state == .complete)
            }
            #expect(forge.count(Self.generate) == 5)
        }
    }
}
