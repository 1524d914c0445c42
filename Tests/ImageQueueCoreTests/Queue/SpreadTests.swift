import ImageQueueCore
import ImageQueueTesting
import Testing

@Suite("A submission spread over a job for each picture", .timeLimit(.minutes(1)))
struct SpreadTests {
    private func submission(_ change: (inout Submission) -> Void = { _ in }) -> Submission {
        var submission = Submission(request: TextToImageRequest(prompt: "kedi"))
        submission.request.drawing?.pictureCount = 4
        change(&submission)
        return submission
    }

    @Test("draws the pictures that the whole would, also where a seed is still to be chosen", arguments: [-1, 7])
    func samePictures(seed: Int64) throws {
        var one = SeededGenerator(seed: 3)
        var other = SeededGenerator(seed: 3)
        let submission = submission { $0.request.drawing?.seed = seed }
        let whole = try #require(submission.request.drawing).resolvingSeed(using: &one)
        let parts = submission.spread(using: &other)
        #expect(parts.map(\.request.drawing?.seed) == (0..<4).map { Int64(whole.seed(ofPicture: $0)) })
        #expect(Set(parts.map(\.request.drawing?.seed)).count == 4)
        for part in parts {
            var expected = whole
            expected.seed = try #require(part.request.drawing).seed
            expected.pictureCount = 1
            #expect(part.request == .textToImage(expected))
        }
        #expect(parts.map { $0.metadata["variation"] } == [0, 1, 2, 3])
        #expect(parts.allSatisfy { $0.metadata["variations"] == 4 })
    }

    @Test("wraps its seeds as the whole does, and leans towards the same subseeds")
    func subseeds() {
        let wrapping = submission { $0.request.drawing?.seed = 4_294_967_294 }
        #expect(wrapping.spread().map(\.request.drawing?.seed) == [4_294_967_294, 4_294_967_295, 0, 1])
        let leaning = submission {
            $0.request.drawing?.seed = 5
            $0.request.drawing?.subseed = 9
            $0.request.drawing?.subseedStrength = 0.2
        }
        #expect(leaning.spread().map(\.request.drawing?.seed) == [5, 5, 5, 5])
        #expect(leaning.spread().map(\.request.drawing?.subseed) == [9, 10, 11, 12])
    }

    @Test("says the user's words once, and a single picture stays as it is")
    func words() {
        let parts = submission { $0.userMessage = "Draw cats." }.spread()
        #expect(parts.map(\.userMessage) == ["Draw cats.", nil, nil, nil])
        let single = submission { $0.request.drawing?.pictureCount = 1 }.spread()
        #expect(single.count == 1)
        #expect(single.first?.metadata.isEmpty == true)
        #expect(single.first?.request.drawing?.seed == -1)
    }

    @Test("shares a batch, and under a key gives the same jobs again, or a conflict for another number of them")
    func keys() async throws {
        let queue = ImageQueue(store: StoreUnderTest.inMemory(StoreSettings()).store)
        let keyed = submission { $0.key = "k" }
        let first = try await queue.submit(keyed.spread())
        #expect(Set(first.map(\.jobID)).count == 4)
        #expect(Set(first.map { $0.metadata["batch_id"]?.stringValue }).count == 1)
        #expect(first[0].metadata["batch_id"]?.stringValue != nil)
        let again = try await queue.submit(keyed.spread())
        #expect(again.map(\.jobID) == first.map(\.jobID))
        #expect(again.allSatisfy { $0.isRepeat })
        for count in [1, 3, 5] {
            let other = submission {
                $0.key = "k"
                $0.request.drawing?.pictureCount = count
            }
            let error = await #expect(throws: QueueError.self) { _ = try await queue.submit(other.spread()) }
            #expect(error?.code == .keyConflict)
        }
        #expect(try await queue.list().jobs.count == 4)
        let elsewhere = submission { $0.key = "l" }.spread()
        #expect(elsewhere.map(\.request.drawing?.seed) != keyed.spread().map(\.request.drawing?.seed))
    }
}
