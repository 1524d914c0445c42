import ForgeSimulator
import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient

/// Every answer that a real Forge gave, whatever was asked: `Fixtures/Answers.txt` says what it is to this client.
@Suite(.timeLimit(.minutes(1)))
struct EveryRecordingTests {
    /// Those whose connection was refused: no answer was recorded, so the table alone says so.
    private static let refused = Set(
        Recording.every.filter { $0.status < 0 && AnswerTable.readings[$0.name] == "backend_unavailable" }.map(\.name)
    )

    @Test(arguments: Recording.every)
    func `Each is the right value or the right failure`(recording: Recording) throws {
        let expected = try #require(AnswerTable.readings[recording.name], "Answers.txt does not name it")
        let result: Result<ForgeAnswer, TransportError> =
            if recording.status > 0 {
                .success(ForgeAnswer(status: recording.status, location: nil, body: recording.body))
            } else {
                .failure(
                    TransportError(
                        kind: Self.refused.contains(recording.name) ? .cannotConnect : .connectionLost,
                        detail: ""
                    )
                )
            }
        if recording.wholeBody == nil, recording.status == 200 {
            #expect(expected == "not kept")
        } else if recording.isCompressed {
            // Unpacked by the HTTP library alone: see the test over a socket.
            #expect(recording.reading(of: result) == "malformed_answer")
        } else {
            #expect(recording.reading(of: result) == expected)
        }
    }

    /// The same bytes through a socket and `URLSession`, in pieces as a network delivers them.
    @Test(arguments: [nil, 1000])
    func `Each is the same over a real connection`(pieceSize: Int?) async throws {
        let current = Lock<RecordedAnswer?>(nil)
        try await RecordedForge.withServer { _ in
            current.withLock(\.self)
        } body: { port in
            let address = try ForgeAddress("http://127.0.0.1:\(port)")
            let transport = URLSessionTransport(address: address, authorization: nil)
            var count = 0
            for recording in Recording.every where !Self.refused.contains(recording.name) {
                guard let expected = AnswerTable.readings[recording.name], expected != "not kept" else { continue }
                // A HEAD's answer has no body whatever its length says; the others have no HEAD of their own here.
                guard recording.method != "HEAD" else { continue }
                current.withLock { $0 = recording.answer(pieceSize: pieceSize) }
                let outcome = OneShot<Result<ForgeAnswer, TransportError>>()
                let request = ForgeRequest(
                    endpoint: recording.endpoint ?? .progress,
                    timeout: .seconds(20),
                    closesConnection: recording.status < 0
                )
                _ = transport.send(request, onHead: { _ in }) { outcome.fill($0) }
                let reading = recording.reading(of: try await outcome.value())
                #expect(reading == expected, "\(recording.name)")
                count += 1
            }
            #expect(count == Recording.every.count - Self.refused.count - 6)
        }
    }

    @Test func `There are all of them, and the table names no others`() throws {
        #expect(Recording.every.count == 389)
        #expect(Set(AnswerTable.readings.keys) == Set(Recording.every.map(\.name)))
        #expect(Self.refused.count == 14)
        let classes = Set(AnswerTable.readings.values.filter { $0.allSatisfy { $0.isLetter || $0 == "_" } })
        #expect(classes.count >= 10, "\(classes)")
        #expect(Recording.every.filter { AnswerTable.readings[$0.name] == "not kept" }.map(\.name).count == 5)
    }

    /// Where the originals stand beside the repository, nothing of theirs may be missing here, or differ.
    @Test func `The fixtures are the recordings, byte for byte`() throws {
        let here = try #require(Recording.root)
        let shared = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../../shared/recordings").standardizedFileURL
        guard FileManager.default.fileExists(atPath: shared.path) else { return }
        let files = try #require(FileManager.default.enumerator(atPath: shared.path))
        var count = 0
        for case let name as String in files where shared.appending(path: name).isFile && !name.hasPrefix(".") {
            let original = try Data(contentsOf: shared.appending(path: name))
            let kept = try? Data(contentsOf: here.appending(path: name))
            #expect(kept == original, "\(name) is missing, or differs")
            count += 1
        }
        #expect(count > 389 * 2)
    }
}

extension URL {
    fileprivate var isFile: Bool { (try? resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) == true }
}
