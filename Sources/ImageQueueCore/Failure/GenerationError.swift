/// Why a backend gave no picture.
public struct GenerationError: Error, Sendable {
    /// What kind of failure it is: what follows depends on this alone.
    public var failureClass: FailureClass
    /// What went wrong and what can be done, for a person.
    public var message: String
    /// What lay beneath, where something did.
    public var cause: (any Error)?

    /// An error of a class.
    public init(_ failureClass: FailureClass, message: String, cause: (any Error)? = nil) {
        self.failureClass = failureClass
        self.message = message
        self.cause = cause
    }

    /// The kinds of failure. More may come.
    public struct FailureClass: Sendable, Hashable, CustomStringConvertible {
        private let code: JobFailure.Code

        private init(_ code: JobFailure.Code) { self.code = code }

        /// The failure's word.
        public var description: String { code.rawValue }

        /// The word that a job fails with.
        public var failureCode: JobFailure.Code { code }

        /// Refused, or no route: the request never began.
        public static let unavailable = FailureClass(.backendUnavailable)
        /// Answers, but can't draw yet.
        public static let notReady = FailureClass(JobFailure.Code(rawValue: "backend_not_ready"))
        /// User name or password refused.
        public static let unauthorized = FailureClass(.unauthorized)
        /// The request itself was refused.
        public static let rejectedInput = FailureClass(.rejectedInput)
        /// Failed while drawing, for a reason of the backend's own.
        public static let backendFailed = FailureClass(.backendFailed)
        /// The graphics card's memory did not suffice.
        public static let outOfMemory = FailureClass(.outOfMemory)
        /// The backend's model can't be loaded, or was lost when another could not be: none of its pictures succeed
        /// until somebody mends it.
        public static let modelBroken = FailureClass(.modelBroken)
        /// No step for longer than the limit.
        public static let hung = FailureClass(.hung)
        /// The answer could not be read.
        public static let malformedAnswer = FailureClass(.malformedAnswer)
        /// No answer in time.
        public static let timedOut = FailureClass(.timedOut)
        /// The connection broke after the request had left.
        public static let connectionLost = FailureClass(.connectionLost)
        /// Stopped by an interrupt of ours, after a cancel or at a stop.
        public static let interrupted = FailureClass(JobFailure.Code(rawValue: "interrupted"))
        /// Somebody else stopped the drawing.
        public static let interruptedByOther = FailureClass(.interruptedByOther)
        /// Drawn, but with something else than was asked, and the request was strict.
        public static let notAsAsked = FailureClass(.notAsAsked)

        /// All of this version.
        public static let all: [FailureClass] = [
            .unavailable, .notReady, .unauthorized, .rejectedInput, .backendFailed, .outOfMemory, .modelBroken, .hung,
            .malformedAnswer, .timedOut, .connectionLost, .interrupted, .interruptedByOther, .notAsAsked,
        ]

        /// Whether the fault is the backend's state and not the job's: the job goes back, no try spent.
        public var isBackendUnavailable: Bool { self == .unavailable || self == .notReady }
    }

    /// As the job's failure.
    public var jobFailure: JobFailure { JobFailure(code: failureClass.failureCode, message: message) }
}

extension GenerationError: CustomStringConvertible {
    /// The word and the sentence.
    public var description: String { "\(failureClass): \(message)" }
}
