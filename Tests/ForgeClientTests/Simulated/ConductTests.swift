import Foundation
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ForgeClient
@testable import ForgeSimulator

/// What the client leaves undone, by the log of a Forge that a whole worker drew on.
@Suite("What the client never does, whatever happens", .timeLimit(.minutes(1)))
struct ConductTests {
    private let queue = ImageQueue(store: InMemoryJobStore())
    private let conduct = Conduct()

    private func submit(_ prompt: String, steps: Int = 5, pictures: Int = 1, model: String? = nil) async throws -> JobID
    {
        var request = TextToImageRequest(prompt: prompt)
        (request.width, request.height, request.steps) = (64, 64, steps)
        (request.pictureCount, request.model, request.scheduler) = (pictures, model, "Automatic")
        return try await queue.submit(Submission(request: request)).jobID
    }

    private func end(of job: JobID) async throws -> Job {
        for try await event in try await queue.events(matching: JobFilter(jobs: [job])) where event.isFinal { break }
        return try #require(try await queue.status(of: job))
    }

    /// Runs a worker on a simulator beside `body`.
    private func working(
        _ mode: SimulatorConfiguration.Mode = .webui,
        _ body: (ForgeSimulator) async throws -> Void
    ) async throws -> [RequestRecord] {
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .milliseconds(10)
        configuration.mode = mode
        return try await ForgeSimulator.withServer(configuration) { forge in
            var client = try ForgeConfiguration(baseURL: "http://127.0.0.1:\(forge.port)")
            client.pollInterval = .milliseconds(20)
            var work = WorkerConfiguration()
            work.retryPolicy.firstPause = .milliseconds(20)
            work.interruptInterval = .milliseconds(200)
            let worker = ImageWorker(
                queue: queue,
                backends: [ForgeGenerator(configuration: client)],
                files: InMemoryImageFiles(),
                configuration: work
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await worker.run() }
                try await body(forge)
                worker.stop()
                try await group.waitForAll()
            }
            return forge.log
        }
    }

    @Test("Cancels, failures, lost answers and strangers lead to no probe, no option, no resend, no second generation")
    func wholeWorker() async throws {
        let faults = [
            ("error=KeyError:no@txt2img*1", 1, JobState.failed), ("out-of-memory@txt2img*1", 2, .complete),
            ("reset@txt2img*1", 2, .complete), ("drop-in-body@txt2img*1", 2, .complete),
            ("garbage@txt2img*1", 2, .complete),
        ]
        let log = try await working { forge in
            #expect(try await end(of: submit("plain", model: "random-a")).state == .complete)
            for (argument, attempts, state) in faults {
                forge.order(try Fault(argument: argument))
                let job = try await end(of: submit(argument))
                #expect(job.state == state, "\(argument): \(String(describing: job.failure))")
                #expect(job.attempt == attempts, "\(argument)")
            }
            let disturbed = try await submit("disturbed", steps: 150)
            try await until { forge.activeTask != nil }
            forge.interruptFromOutside()
            #expect(try await end(of: disturbed).attempt == 2)
            let cancelled = try await submit("cancelled", steps: 150)
            let crowd = [try await submit("one"), try await submit("two", pictures: 3), try await submit("three")]
            try await until { forge.activeTask?.contains(cancelled.description) == true }
            _ = try await queue.cancel(cancelled)
            #expect(try await end(of: cancelled).state == .cancelled)
            for job in crowd { #expect(try await end(of: job).state == .complete) }
        }
        #expect(conduct.breaches(in: log) == [])
        // All of that did happen.
        #expect(log.count { $0.path == "/sdapi/v1/txt2img" } >= 18)
        #expect(conduct.mostOpenGenerations(in: log) == 1)
        #expect(log.contains { $0.path == "/sdapi/v1/interrupt" && $0.activeAtArrival != nil })
        #expect(log.contains { $0.path == "/sdapi/v1/unload-checkpoint" })
        #expect(log.contains { $0.path == "/internal/progress" })
    }

    @Test("Nor does it where Forge knows no tasks")
    func withoutTasks() async throws {
        let log = try await working(.nowebui) { forge in
            forge.order(try Fault(argument: "out-of-memory@txt2img*1"))
            for prompt in ["one", "two"] { #expect(try await end(of: submit(prompt)).state == .complete) }
            let cancelled = try await submit("cancelled", steps: 150)
            try await until { forge.activeTask?.contains(cancelled.description) == true }
            try await until { try await queue.backends().first?.report?.interruptibleKinds == [] }
            #expect(try await queue.cancel(cancelled) == .requested(stillDrawing: true))
            #expect(try await end(of: cancelled).failure == .cancelledStillDrawing)
            #expect(try await end(of: submit("three")).state == .complete)
        }
        #expect(conduct.breaches(in: log) == [])
        #expect(log.count { $0.path == "/sdapi/v1/txt2img" } == 5)
        #expect(!log.contains { $0.path == "/sdapi/v1/interrupt" })
    }

    @Test("Each breach is seen: the rules can't pass by looking away")
    func breaches() {
        let begun = ContinuousClock.now
        func record(
            _ path: String,
            method: String = "POST",
            body: String = "",
            task: String? = nil,
            from start: Int = 0,
            to end: Int? = 1,
            active: String? = nil
        ) -> RequestRecord {
            RequestRecord(
                id: 1,
                method: method,
                path: path,
                query: "",
                body: Array(body.utf8),
                taskID: task,
                began: begun + .seconds(start),
                arrived: begun + .seconds(start),
                arrivedAt: Date(),
                activeAtArrival: active,
                answered: end.map { begun + .seconds($0) }
            )
        }
        let draw = "/sdapi/v1/txt2img"
        let bad: [[RequestRecord]] = [
            [record("/sdapi/v1/cmd-flags", method: "GET")],
            [record("/sdapi/v1/options", body: "{}")],
            [record(draw, body: #"{"override_settings":{"samples_format":"jpg"}}"#, task: "a")],
            [record(draw, task: "a", to: 3), record(draw, task: "b", from: 2, to: 4)],
            [record(draw, task: "a", to: nil), record("/sdapi/v1/img2img", task: "b", from: 9, to: 10)],
            [record(draw, task: "a"), record(draw, task: "a", from: 2, to: 3)],
            [record("/sdapi/v1/interrupt", active: "a")],
            [record("/internal/progress", task: "b"), record("/sdapi/v1/interrupt", active: "a")],
        ]
        for log in bad { #expect(conduct.breaches(in: log).count == 1, "\(log.map(\.path))") }
        let good = [
            record("/sdapi/v1/options", method: "GET"),
            record(draw, body: #"{"override_settings":{"sd_model_checkpoint":"m"}}"#, task: "a"),
            record(draw, task: "b", from: 1, to: 2), record("/internal/progress", task: "b", from: 1),
            record("/sdapi/v1/interrupt", from: 1, active: "b"), record("/sdapi/v1/interrupt", from: 5),
        ]
        #expect(conduct.breaches(in: good) == [])
        #expect(conduct.mostOpenGenerations(in: []) == 0)
    }
}
