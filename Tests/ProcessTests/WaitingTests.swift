#if os(Linux)
import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    /// What a worker costs while its Forge draws.
    @Suite struct WaitingTests {
        @Test("Waiting for a picture takes next to no processor time, from the first one on")
        func waiting() async throws {
            try await Sandbox.with { box in
                let forge = try await SimulatorProcess.start(in: box, stepTime: 100)
                let job = try await box.object("submit", "--detach", "--json", "--steps", "150", "kedi")
                let worker = try box.start(["worker", "--forge", forge.url])
                let id = try #require(job.string("job_id"))
                _ = try await eventually("the picture is being drawn") {
                    try forge.generations(of: id).isEmpty ? nil : true
                }
                let before = processorTime(of: worker.processID)
                let began = ContinuousClock.now
                // Time has to pass: what is looked for is what happens in it.
                try await Task.sleep(for: .seconds(2))
                let share = (processorTime(of: worker.processID) - before) / (began.duration(to: .now) / .seconds(1))
                #expect(share < 0.15)
                worker.killIfRunning()
            }
        }

        /// In seconds, of all its threads.
        private func processorTime(of process: Int32) -> Double {
            let tasks = "/proc/\(process)/task"
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
            return threads.reduce(0) { sum, thread in
                let text = try? String(contentsOfFile: "\(tasks)/\(thread)/schedstat", encoding: .utf8)
                return sum + (text?.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1e9
            }
        }
    }
}
#endif
