import Foundation
import Testing

@testable import ForgeSimulator

/// Plays recorded sessions again, in their order and on one server each, and compares every answer.
@Suite(.timeLimit(.minutes(2)))
struct ReplayTests {
    @Test func oneServerThroughTheFirstFolders() async throws {
        try await ForgeSimulator.withServer(configured { $0.stepTime = .zero }) { forge in
            // Between these folders the real server also ran 04 to 07, which leave nothing that shows here.
            try await replay(try Recording.folder("01-get"), on: forge)
            try await replay(try Recording.folder("02-txt2img"), on: forge)
            // The script of 03 was run in two parts; the names give the order.
            let zombies = try Recording.folder("03-override-and-zombies").sorted {
                $0.name.compare($1.name, options: .numeric) == .orderedAscending
            }
            try await replay(zombies, on: forge)
            try await replay(try Recording.folder("08-img2img-extras"), on: forge)
        }
    }

    @Test func passwords() async throws {
        let configuration = configured { $0.auth = .init(user: "user", password: "pass") }
        try await ForgeSimulator.withServer(configuration) { forge in
            try await replay(try Recording.folder("10-auth-webui"), on: forge)
            try await replay(try Recording.folder("10b-hires"), on: forge)
        }
    }

    @Test func hiresWithoutModules() async throws {
        try await ForgeSimulator.withServer(configured { _ in }) { forge in
            try await replay(try Recording.folder("09-lifecycle"), on: forge)
        }
    }

    @Test func withoutWebPage() async throws {
        let configuration = configured { configuration in
            configuration.mode = .nowebui
            configuration.models.insert(SimulatedModel(name: "corrupt", isBroken: true), at: 0)
        }
        try await ForgeSimulator.withServer(configuration) { forge in
            // The recorded server had a fourth model and its options changed before.
            let calls = try Recording.folder("11-nowebui") {
                !["sd-models", "options", "minimal", "width0-500"].contains($0)
            }
            try await replay(calls, on: forge)
        }
    }

    @Test func brokenCheckpoint() async throws {
        let configuration = configured { $0.models.append(SimulatedModel(name: "notamodel", isBroken: true)) }
        try await ForgeSimulator.withServer(configuration) { forge in
            try await replay(try Recording.folder("12-bad-checkpoints"), on: forge)
        }
    }

    private func replay(_ calls: [Recording], on forge: ForgeSimulator) async throws {
        #expect(!calls.isEmpty)
        for call in calls {
            let answer = try await forge.call(call.method, call.path, body: call.body, headers: call.headers)
            #expect(answer.status == call.status, "\(call): \(answer.text.prefix(300))")
            #expect(answer.headerOrder == call.headerNames, "\(call)")
            guard call.method != "HEAD" else { continue }
            let isRandom = call.body.map { $0.contains(#""seed": -1"#) || !$0.contains("seed") } ?? false
            let actual = try normalized(answer.text, hidesSeeds: isRandom)
            let expected = try normalized(call.answer, hidesSeeds: isRandom)
            if actual != expected { Issue.record("\(call): \(difference(actual, expected, at: ""))") }
        }
    }

    /// The first place where two answers part.
    private func difference(_ actual: JSONValue, _ expected: JSONValue, at path: String) -> String {
        switch (actual, expected) {
        case (.object(let one), .object(let other)):
            if one.keys != other.keys { return "keys at \(path): \(one.keys) instead of \(other.keys)" }
            for (mine, theirs) in zip(one.members, other.members) where mine.value != theirs.value {
                return difference(mine.value, theirs.value, at: "\(path).\(mine.key)")
            }
        case (.array(let one), .array(let other)) where one.count == other.count:
            for (index, (mine, theirs)) in zip(one, other).enumerated() where mine != theirs {
                return difference(mine, theirs, at: "\(path)[\(index)]")
            }
        default: break
        }
        let (mine, theirs) = (JSONWriter.answer.string(actual), JSONWriter.answer.string(expected))
        return "\(path): \(mine.prefix(200)) instead of \(theirs.prefix(200))"
    }
}
