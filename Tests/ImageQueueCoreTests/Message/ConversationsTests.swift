import Foundation
import ImageQueueConcurrency
import ImageQueueTesting
import Testing

@testable import ImageQueueCore

@Suite("Conversations", .timeLimit(.minutes(1)))
struct ConversationsTests {
    private let conversations = ImageQueue(store: InMemoryJobStore()).conversations
    private let chat = ConversationID(rawValue: "chat")

    private func stream(_ pieces: [String], failing error: (any Error)? = nil) -> AsyncThrowingStream<String, any Error>
    {
        AsyncThrowingStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish(throwing: error)
        }
    }

    private var reply: NewMessage { NewMessage(conversation: chat, role: .assistant, content: "") }

    @Test("A streamed reply is one message after its end, and the same key is the same message")
    func savedOnce() async throws {
        let first = try await conversations.saveReply(from: stream(["Mer", "haba"]), as: reply, key: "r1")
        let again = try await conversations.saveReply(from: stream(["something else"]), as: reply, key: "r1")
        #expect(first.content == "Merhaba")
        #expect(again == first)
        #expect(try await conversations.messages(of: chat) == [first])
    }

    @Test(
        "A key that can't be one is refused before the stream is read",
        arguments: ["", String(repeating: "k", count: 256)]
    )
    func badKey(key: String) async throws {
        let reads = Lock(0)
        let pieces = AsyncStream<String> {
            reads.withLock { $0 += 1 }
            return nil
        }
        let error = await #expect(throws: QueueError.self) {
            try await conversations.saveReply(from: pieces, as: reply, key: key)
        }
        #expect(error?.code == .invalidRequest)
        #expect(reads.withLock { $0 } == 0)
    }

    @Test("A stream that fails saves nothing, and the cause is told")
    func failingStream() async throws {
        struct Broken: Error {}
        let error = await #expect(throws: QueueError.self) {
            try await conversations.saveReply(from: stream(["Mer"], failing: Broken()), as: reply, key: "r1")
        }
        #expect(error?.code == .streamFailed)
        #expect(error?.cause is Broken)
        #expect(try await conversations.messages(of: chat).isEmpty)
        let later = try await conversations.saveReply(from: stream(["Merhaba"]), as: reply, key: "r1")
        #expect(later.content == "Merhaba")
    }

    @Test("A cancelled task saves nothing")
    func cancelled() async throws {
        let (pieces, continuation) = AsyncStream<String>.makeStream()
        let saving = Task { try await conversations.saveReply(from: pieces, as: reply, key: "r1") }
        continuation.yield("Mer")
        saving.cancel()
        continuation.finish()
        await #expect(throws: CancellationError.self) { try await saving.value }
        #expect(try await conversations.messages(of: chat).isEmpty)
    }

    @Test("A host may have a word of its own for who speaks; one that doesn't print is refused")
    func roles() async throws {
        let tool = Message.Role(rawValue: "tool")
        let kept = try await conversations.append(NewMessage(conversation: chat, role: tool, content: "7"))
        #expect(kept.role == tool)
        for word in ["", "a\nb", String(repeating: "x", count: 256)] {
            let role = Message.Role(rawValue: word)
            let error = await #expect(throws: QueueError.self) {
                try await conversations.append(NewMessage(conversation: chat, role: role, content: "7"))
            }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.hasPrefix("role") == true)
        }
        #expect(try await conversations.messages(of: chat) == [kept])
    }

    @Test("A reply over its length is refused, and nothing is saved")
    func tooLong() async throws {
        let piece = String(repeating: "x", count: 600_000)
        let error = await #expect(throws: QueueError.self) {
            try await conversations.saveReply(from: stream([piece, piece]), as: reply, key: "r1")
        }
        #expect(error?.code == .invalidRequest)
        #expect(try await conversations.messages(of: chat).isEmpty)
    }
}
