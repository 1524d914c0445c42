import ImageQueueConcurrency
import ImageQueueCore

/// What a store has acknowledged, kept where no power cut reaches it.
final class Ledger: Sendable {
    /// One promise that a caller was given.
    enum Entry: Hashable {
        case submitted(JobID, MessageID)
        case keyed(JobID, String)
        case appended(MessageID, String)
        case recorded(path: String)
        case cancelRequested(JobID)
        case ended(JobID, JobState)
        case updated(MessageID, String)

        var kind: String {
            switch self {
            case .submitted: "submit"
            case .keyed: "key"
            case .appended: "append"
            case .recorded: "picture"
            case .cancelRequested, .ended(_, .cancelled): "cancel"
            case .ended: "end"
            case .updated: "update"
            }
        }
    }

    private struct State {
        var entries: Set<Entry> = []
        var counts: [String: Int] = [:]
        var surprises: [String] = []
    }

    private let state = Lock(State())

    func note(_ entry: Entry) {
        state.withLock { state in
            state.entries.insert(entry)
            state.counts[entry.kind, default: 0] += 1
        }
    }

    /// An error that no power cut explains.
    func note(surprise: String) { state.withLock { $0.surprises.append(surprise) } }

    var counts: [String: Int] { state.withLock { $0.counts } }
    var surprises: [String] { state.withLock { $0.surprises } }

    /// The promises that `survivors` don't bear out, told once.
    func settle(with survivors: Survivors) -> [String] {
        state.withLock { state in
            let lost = state.entries.filter { !survivors.bearOut($0) }
            state.entries.subtract(lost)
            return lost.map { "\($0)" }
        }
    }
}
