/// Whether Forge has only just started: it then answers for some seconds before it draws as it should, and drops its
/// own extensions from a picture without a word (FORGE.md, section 13).
struct StartUp: Sendable, Equatable {
    enum Sign: Sendable, Equatable {
        /// Nobody listens.
        case refused
        /// A path that is always there is not there yet.
        case notFound
        case answered
    }

    enum Standing: Sendable, Equatable {
        /// No start was seen, or it is long over.
        case settled
        /// It has not answered since it was last away.
        case away
        /// It answers, and is to be left alone for so much longer.
        case settling(Duration)
    }

    private var isUnderWay = false
    private var answersSince: Duration?

    init() {}

    mutating func see(_ sign: Sign, at now: Duration) {
        switch sign {
        case .refused, .notFound:
            isUnderWay = true
            answersSince = nil
        case .answered: answersSince = answersSince ?? now
        }
    }

    /// - Parameter settleTime: For how long it must have answered.
    func standing(at now: Duration, settleTime: Duration) -> Standing {
        guard isUnderWay else { return .settled }
        guard let answersSince else { return .away }
        let left = settleTime - (now - answersSince)
        return left > .zero ? .settling(left) : .settled
    }

    /// It is known to be ready.
    mutating func end() { self = StartUp() }
}
