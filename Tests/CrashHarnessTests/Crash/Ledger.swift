import ImageQueueConcurrency

/// What the submitters were told is stored: it must all come out.
final class Ledger: Sendable {
    struct Entry: Sendable, Equatable {
        var job: String
        var pictures: Int
    }

    private let state = Lock<(entries: [String: Entry], isOver: Bool, contradictions: Int)>(([:], false, 0))

    /// By key; the job of a key is the same whoever asks, and whenever.
    var entries: [String: Entry] { state.withLock { $0.entries } }
    var contradictions: Int { state.withLock { $0.contradictions } }
    var isOver: Bool { state.withLock { $0.isOver } }

    func acknowledged(_ key: String, _ entry: Entry) {
        state.withLock { state in
            if let before = state.entries.updateValue(entry, forKey: key), before != entry { state.contradictions += 1 }
        }
    }

    func close() { state.withLock { $0.isOver = true } }
}
