internal import ArgumentParser
internal import ImageQueueCore

/// What is to follow a kind of failure, as typed: `connection_lost=retry:5`.
struct FailureRule {
    let failure: GenerationError.FailureClass
    let rule: RetryPolicy.Rule

    /// - Throws: `ValidationError` that lists what may stand there.
    init(_ text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard let failure = GenerationError.FailureClass.all.first(where: { $0.description == parts.first }) else {
            let words = GenerationError.FailureClass.all.map(\.description).joined(separator: ", ")
            throw ValidationError("--on-failure must begin with one of \(words), then “=” and a rule.")
        }
        guard parts.count == 2, let rule = Self.rule(parts[1]) else {
            throw ValidationError(
                "--on-failure \(failure)=… must be fail, pause, retry:N, at-once:N or elsewhere:N, with N tries, 1 to 100."
            )
        }
        self.failure = failure
        self.rule = rule
    }

    private static func rule(_ text: String) -> RetryPolicy.Rule? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else {
            return switch text {
            case "fail": .failNow
            case "pause": .pauseBackend
            default: nil
            }
        }
        guard let tries = Int(parts[1]), (1...100).contains(tries) else { return nil }
        return switch parts[0] {
        case "retry": .retry(tries: tries)
        case "at-once": .retryAtOnce(tries: tries)
        case "elsewhere": .elsewhere(tries: tries)
        default: nil
        }
    }
}
