internal import ImageQueueCore

extension StoreLaw {
    static let messageLaws = [
        messageOrder, mergePatch, reservedKeysRefused, mergesLoseNothing, appendOnce, messagesAreOwners, missingMessage,
        metadataLimited,
    ]

    private static let messageOrder = StoreLaw("message: a conversation is read in order, page by page") { sut in
        let conversation = ConversationID(rawValue: "c")
        var ids: [MessageID] = []
        for index in 0..<7 {
            let role: Message.Role = index.isMultiple(of: 2) ? .user : .assistant
            let new = NewMessage(conversation: conversation, role: role, content: "\(index)", metadata: ["n": 1.5])
            let stored = try await sut.store.append(new, key: nil)
            try expectEqual(stored, try await sut.message(stored.id), "what append answers is what is stored")
            try expectEqual(stored.content, "\(index)", "the content")
            try expectEqual(stored.role, role, "the role")
            try expectEqual(stored.metadata, ["n": 1.5], "the metadata")
            ids.append(stored.id)
            _ = try await sut.store.append(NewMessage(role: .user, content: "elsewhere"), key: nil)
        }
        func page(_ after: MessageID?, _ limit: Int) async throws -> [MessageID] {
            try await sut.store.messages(of: conversation, as: .operator, after: after, limit: limit).map(\.id)
        }
        try expectEqual(try await page(nil, 100), ids, "the whole conversation")
        try expectEqual(try await page(nil, 3), Array(ids[..<3]), "the first page")
        try expectEqual(try await page(ids[2], 3), Array(ids[3..<6]), "the second page")
        try expectEqual(try await page(ids[6], 3), [], "after the last")
        try expectEqual(ids, ids.sorted(), "ids rise")
    }

    private static let mergePatch = StoreLaw("message: metadata is changed by merge patch (RFC 7396)") { sut in
        let new = NewMessage(
            role: .user,
            content: "text",
            metadata: ["keep": 1, "drop": true, "deep": ["a": "b", "c": ["d": [1, 2]]], "list": [1, 2, 3]]
        )
        let stored = try await sut.store.append(new, key: nil)
        sut.clock.advance(by: .seconds(2))
        let patch: Metadata = [
            "drop": nil, "deep": ["a": nil, "c": ["e": 0.5]], "list": ["x"], "new": ["inner": nil], "none": nil,
        ]
        let changed = try await sut.store.updateMessage(stored.id, content: nil, merging: patch, as: .operator)
        let wanted: Metadata = ["keep": 1, "deep": ["c": ["d": [1, 2], "e": 0.5]], "list": ["x"], "new": [:]]
        try expectEqual(changed.metadata, wanted, "the metadata")
        try expectEqual(changed.content, "text", "a text that was not given stays")
        try expectEqual(changed, try await sut.message(stored.id), "the answer is what is stored")
        try expectEqual(changed.createdAt, stored.createdAt, "the creation stays")
        try expectEqual(changed.updatedAt, sut.clock.wall, "the change")
        let text = try await sut.store.updateMessage(stored.id, content: "new", merging: [:], as: .operator)
        try expectEqual(text.content, "new", "a new text")
        try expectEqual(text.metadata, wanted, "an empty patch changes nothing")
    }

    private static let metadataLimited = StoreLaw("message: metadata has a limit, at once and over many changes") {
        sut in
        let message = try await sut.store.append(NewMessage(role: .user, content: "words"), key: nil)
        func patch(_ name: String, bytes: Int) -> Metadata { [name: .string(String(repeating: "x", count: bytes))] }
        func update(_ patch: Metadata) async throws -> Message {
            try await sut.store.updateMessage(message.id, content: "changed", merging: patch, as: .operator)
        }
        try await expectRefusal(.invalidRequest, "more than 64 KiB at once") {
            _ = try await update(patch("a", bytes: 65_536))
        }
        try expectEqual(try await sut.message(message.id), message, "after a refusal")
        var last = message
        for number in 1...4 { last = try await update(patch("\(number)", bytes: 65_000)) }
        try await expectRefusal(.invalidRequest, "more than 256 KiB together") {
            _ = try await update(patch("5", bytes: 65_000))
        }
        try expectEqual(try await sut.message(message.id), last, "after a second refusal")
        try expectEqual(try await update(["1": .null]).metadata.count, 3, "it can be made less")
    }

    private static let reservedKeysRefused = StoreLaw("message: what the queue alone writes is refused to others") {
        sut in
        let receipt = try await sut.submit()
        let before = try await sut.trace(of: receipt.jobID)
        for key in ImageMessage.reservedKeys.sorted() {
            for value in [JSONValue.string("forged"), .null] {
                try await expectRefusal(.reservedKey, "\(key): \(value)") {
                    try await sut.store.updateMessage(
                        receipt.messageID,
                        content: "forged",
                        merging: ["fine": 1, key: value],
                        as: .operator
                    )
                }
            }
        }
        try expectEqual(try await sut.trace(of: receipt.jobID), before, "nothing has changed")
    }

    private static let mergesLoseNothing = StoreLaw("message: writers of different keys at once lose nothing") { sut in
        let worker = try await sut.worker()
        let receipt = try await sut.submit()
        let claimed = try await worker.take()
        _ = try await sut.atOnce(17) { index in
            guard index > 0 else {
                try await worker.settle(claimed, .complete([claimed.picture(0)]))
                return
            }
            _ = try await sut.store.updateMessage(
                receipt.messageID,
                content: nil,
                merging: ["host": ["key \(index)": .integer(Int64(index))]],
                as: .operator
            )
        }
        let metadata = try await sut.message(receipt.messageID).metadata
        let wanted = Dictionary(uniqueKeysWithValues: (1...16).map { ("key \($0)", JSONValue.integer(Int64($0))) })
        try expectEqual(metadata["host"], .object(wanted), "the host's keys")
        try expectEqual(metadata["status"], "complete", "the queue's key")
    }

    private static let appendOnce = StoreLaw("message: the same key gives the first message again") { sut in
        let conversation = ConversationID(rawValue: "c")
        func new(_ content: String, _ owner: String = "a", _ name: String = "c") -> NewMessage {
            NewMessage(
                conversation: ConversationID(rawValue: name),
                owner: Owner(rawValue: owner),
                role: .assistant,
                content: content
            )
        }
        let reply = new("reply")
        let stored = try await sut.atOnce(16) { _ in try await sut.store.append(reply, key: "k") }
        try expectEqual(Set(stored).count, 1, "messages of one key")
        let again = try await sut.store.append(new("other words"), key: "k")
        try expectEqual(again, stored.first, "the first message, as it was")
        _ = try await sut.store.append(new("another's", "b"), key: "k")
        _ = try await sut.store.append(new("elsewhere", "a", "d"), key: "k")
        _ = try await sut.store.append(new("without"), key: nil)
        let all = try await sut.store.messages(of: conversation, as: .operator, after: nil, limit: 10)
        try expectEqual(all.map(\.content), ["reply", "another's", "without"], "the conversation")
        let job = try await sut.submit(owner: "a") { $0.key = "k" }
        try expect(!job.isRepeat, "a submission's key is another one")
    }

    private static let messagesAreOwners = StoreLaw("message: somebody else's is not found") { sut in
        let conversation = ConversationID(rawValue: "c")
        let owner = Owner(rawValue: "a")
        let new = NewMessage(conversation: conversation, owner: owner, role: .user, content: "mine")
        let stored = try await sut.store.append(new, key: nil)
        let stranger = Requester.owner(Owner(rawValue: "b"))
        try expect(try await sut.store.message(stored.id, as: stranger) == nil, "read by a stranger")
        let seen = try await sut.store.messages(of: conversation, as: stranger, after: nil, limit: 10)
        try expectEqual(seen, [], "listed by a stranger")
        try await expectRefusal(.notFound, "changed by a stranger") {
            try await sut.store.updateMessage(stored.id, content: "theirs", merging: [:], as: stranger)
        }
        try expectEqual(try await sut.store.message(stored.id, as: .owner(owner)), stored, "read by its owner")
        try expectEqual(try await sut.message(stored.id), stored, "read by an operator")
    }

    private static let missingMessage = StoreLaw("message: one that never was is not found") { sut in
        for id in [Int64.min, -1, 0, 1, .max].map(MessageID.init) {
            try expect(try await sut.store.message(id, as: .operator) == nil, "message \(id)")
            try await expectRefusal(.notFound, "a change of message \(id)") {
                try await sut.store.updateMessage(id, content: "x", merging: [:], as: .operator)
            }
        }
    }
}
