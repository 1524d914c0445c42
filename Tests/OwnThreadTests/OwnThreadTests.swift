import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import Testing

@testable import ForgeClient
@testable import ImageQueueStore

/// In processes of their own, which a violation ends.
@Suite("Nothing blocks Swift's threads", .timeLimit(.minutes(2)))
struct OwnThreadTests {
    @Test("Every public operation, called from a task, leaves SQLite, files and pictures to the library's threads")
    func everyOperation() async {
        await #expect(processExitsWith: .success) {
            let used = try await EveryOperation.run()
            let declared = try PublicOperations.declared()
            #expect(declared.count > 40, "the sources were not found")
            // Only the comment crosses over from the other process.
            let (new, gone) = (declared.subtracting(used).sorted(), used.subtracting(declared).sorted())
            #expect(new.isEmpty, "public, and not called here: \(new)")
            #expect(gone.isEmpty, "called here, and not public any more: \(gone)")
        }
    }

    #if DEBUG
    @Test("SQLite on a task's thread ends a debug build")
    func sqlite() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = try Connection(path: "/nonexistent", configuration: ConnectionConfiguration(access: .readWrite))
        }
        #expect(isCaught(ending))
    }

    @Test("A statement that escaped to a task's thread ends a debug build")
    func statement() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let escaped = Escaped()
            let thread = ThreadPool<Void>(name: "test", size: 1, make: {})
            try await thread.run {
                var configuration = ConnectionConfiguration(access: .readWrite)
                configuration.busyLimit = .zero
                let path = FileManager.default.temporaryDirectory.appending(path: "iq-\(UUID().uuidString)").path
                try FileDescriptor.createEmpty(path)
                escaped.connection = try Connection(path: path, configuration: configuration)
                // The process dies of what follows.
                unlink(path)
            }
            _ = escaped.connection?.isInTransaction
        }
        #expect(isCaught(ending))
    }

    @Test("A file on a task's thread ends a debug build")
    func file() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            try FileDescriptor.createEmpty("/nonexistent/file")
        }
        #expect(isCaught(ending))
    }

    @Test("A picture's checksum on a task's thread ends a debug build")
    func checksum() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = DirectoryImageFiles.digest([1])
        }
        #expect(isCaught(ending))
    }

    @Test("A picture that is decoded on a task's thread ends a debug build")
    func picture() async {
        let ending = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let task = DrawingTask(
                id: DrawingTask.ID(job: .make(), attempt: 1, number: 0),
                request: .textToImage(TextToImageRequest(prompt: "kedi"))
            )
            let address = try ForgeAddress("http://127.0.0.1:1")
            let reading = PictureReading(
                task: task,
                failures: FailureReading(address: address, endpoint: .textToImage)
            )
            _ = OpenCall.picture(in: Data(), reading)
        }
        #expect(isCaught(ending))
    }

    /// Ended by the assertion, and not by anything else that went wrong there.
    private func isCaught(_ ending: ExitTest.Result?) -> Bool {
        String(decoding: ending?.standardErrorContent ?? [], as: UTF8.self).contains(
            "call it on a thread of the library"
        )
    }
    #endif
}

/// @unchecked: that it is used by two threads, one after the other, is what the test is about.
private final class Escaped: @unchecked Sendable {
    var connection: Connection?
}
