import Foundation
import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct RecordedProgressTests {
    @Test(arguments: Recording.all("/internal/progress").filter { $0.status == 200 })
    func `Each recorded progress of a task is read`(recording: Recording) throws {
        let progress = try JSONDecoder().decode(TaskProgress.self, from: recording.body)
        #expect(progress.progress.map { (0...1).contains($0) } ?? true)
    }

    @Test(arguments: Recording.all("/sdapi/v1/progress", method: "GET").filter { $0.status == 200 })
    func `Each recorded progress of the server is read`(recording: Recording) throws {
        let progress = try JSONDecoder().decode(ServerProgress.self, from: recording.body)
        #expect((0...1).contains(progress.progress))
        #expect(progress.state.jobTimestamp != nil)
    }

    @Test func `There are recordings to read`() {
        #expect(Recording.all("/internal/progress").count > 20)
        #expect(Recording.all("/sdapi/v1/progress").count > 10)
        #expect(Recording.all("/sdapi/v1/txt2img").count > 100)
    }

    private struct Poll: Decodable {
        var t: Double
        var req: String
        var body: Body?

        enum Body: Decodable {
            case task(TaskProgress)
            case server(ServerProgress)
            case other

            init(from decoder: any Decoder) throws {
                if let task = try? TaskProgress(from: decoder) {
                    self = .task(task)
                } else if let server = try? ServerProgress(from: decoder) {
                    self = .server(server)
                } else {
                    self = .other
                }
            }
        }
    }

    @Test func `The progress of three queued tasks rises for each, and none is lost while it lives`() throws {
        var watches: [String: DrawingWatch] = [:]
        var last: [String: Double] = [:]
        var reads = 0
        for line in try Recording.series("04-progress/poll-3-tasks-queued.jsonl") {
            let poll = try JSONDecoder().decode(Poll.self, from: line)
            guard case .task(let task)? = poll.body else { continue }
            reads += 1
            var watch = watches[poll.req] ?? DrawingWatch()
            let finding = watch.see(task, server: nil, at: .seconds(poll.t))
            watches[poll.req] = watch
            if let news = finding.news {
                #expect(news.fraction > last[poll.req] ?? 0)
                #expect(news.fraction < 1)
                last[poll.req] = news.fraction
            }
            if task.isActive || task.isQueued { #expect(!finding.isLost) }
        }
        #expect(reads > 50)
        #expect(last.count == 3)
        // The third has two steps: between them it is seen at a half.
        #expect(last.values.allSatisfy { $0 >= 0.5 })
    }

    @Test func `Without tasks the server's word is taken, and who cut the job short is noticed`() throws {
        var watch = DrawingWatch()
        var seen: [Double] = []
        for line in try Recording.series("15-nowebui-progress/poll.jsonl") {
            let poll = try JSONDecoder().decode(Poll.self, from: line)
            guard case .server(let server)? = poll.body else { continue }
            if let news = watch.see(server, at: .seconds(poll.t)).news { seen.append(news.fraction) }
        }
        // That job was interrupted before its first step.
        #expect(seen == [0.01])
        #expect(watch.wasCutShort("20261123231554", lastLook: nil))
        #expect(!watch.wasCutShort("20261123231555", lastLook: nil))
    }

    /// Both passes are one drawing: the second does not begin anew.
    @Test func `The recorded progress of a second pass rises`() throws {
        // A little before the first line.
        var watch = DrawingWatch(sent: .milliseconds(12_300))
        var told: [Double] = []
        let lines = try Recording.series("10b-hires/poll.jsonl")
        #expect(lines.count == 9)
        for line in lines {
            let fields = try #require(try JSONSerialization.jsonObject(with: line) as? [String: Any])
            let second = try #require(fields["t"] as? Double)
            let values = try #require(fields["v"] as? [Any])
            let state: [String: Any] = [
                "skipped": false, "interrupted": false, "job": values[2], "job_count": values[3], "job_no": values[4],
                "sampling_step": values[5], "sampling_steps": values[6], "job_timestamp": "20261123225709",
            ]
            let body = ["progress": values[0], "eta_relative": values[1], "state": state]
            let server = try JSONDecoder().decode(
                ServerProgress.self,
                from: JSONSerialization.data(withJSONObject: body)
            )
            if let news = watch.see(server, at: .seconds(second)).news { told.append(news.fraction) }
        }
        #expect(told.count >= 8)
        #expect(told == told.sorted() && told.allSatisfy { (0..<1).contains($0) })
    }
}
