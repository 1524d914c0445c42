/// Why a job ended without its pictures: a word for programs and a sentence for people.
public struct JobFailure: Error, Sendable, Hashable, Codable {
    /// A bounded snake_case word, such as `worker_lost`: the `error_code` of events and messages.
    public var code: Code
    /// What went wrong and what can be done.
    public var message: String

    /// A failure with its word and its sentence.
    public init(code: Code, message: String) {
        self.code = code
        self.message = message
    }

    /// The words that failures go by. More may come.
    public struct Code: Sendable, Hashable, RawRepresentable, Codable, CustomStringConvertible {
        /// The word.
        public let rawValue: String

        /// Takes a word as it is.
        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The word.
        public var description: String { rawValue }

        /// Ended by wish.
        public static let cancelled = Code(rawValue: "cancelled")
        /// Waited past its deadline.
        public static let expired = Code(rawValue: "expired")
        /// Its worker died too often.
        public static let workerLost = Code(rawValue: "worker_lost")
        /// What is stored of it can't be read by its worker's version; or it was pruned, and its message does not tell how
        /// it ended.
        public static let unreadable = Code(rawValue: "unreadable")
        /// The process whose simulator it needed is gone.
        public static let simulatorGone = Code(rawValue: "simulator_gone")
        /// The backend can't be reached or is not ready.
        public static let backendUnavailable = Code(rawValue: "backend_unavailable")
        /// The backend refuses the user name or password.
        public static let unauthorized = Code(rawValue: "unauthorized")
        /// The backend refused the request itself.
        public static let rejectedInput = Code(rawValue: "rejected_input")
        /// The backend failed while drawing.
        public static let backendFailed = Code(rawValue: "backend_failed")
        /// The graphics card's memory did not suffice.
        public static let outOfMemory = Code(rawValue: "out_of_memory")
        /// The backend's model can't be loaded, or was lost.
        public static let modelBroken = Code(rawValue: "model_broken")
        /// The drawing did not move for too long.
        public static let hung = Code(rawValue: "hung")
        /// The answer could not be read.
        public static let malformedAnswer = Code(rawValue: "malformed_answer")
        /// No answer came in time.
        public static let timedOut = Code(rawValue: "timed_out")
        /// The connection broke before the answer was there.
        public static let connectionLost = Code(rawValue: "connection_lost")
        /// Somebody else stopped the drawing.
        public static let interruptedByOther = Code(rawValue: "interrupted_by_other")
        /// What came is not what was asked, and the request was strict.
        public static let notAsAsked = Code(rawValue: "not_as_asked")
        /// The picture that the job starts from is no longer kept, or a host's own ``ImageFiles`` failed with an error
        /// that is no ``QueueError/Code/filesUnavailable``.
        public static let storageFailed = Code(rawValue: "storage_failed")
        /// A callback threw or took too long; the job itself is untouched.
        public static let callbackFailed = Code(rawValue: "callback_failed")
    }

    /// How a cancelled job is told.
    public static let cancelled = JobFailure(code: .cancelled, message: "Cancelled.")
    /// How a job is told that was cancelled while its backend could not be stopped.
    public static let cancelledStillDrawing = JobFailure(
        code: .cancelled,
        message: "Cancelled; the backend finishes the picture, which is thrown away."
    )
    /// How a job that waited too long is told.
    public static let expired = JobFailure(code: .expired, message: "The deadline passed before drawing began.")
    /// How a job is told whose simulator went away with its process.
    public static let simulatorGone = JobFailure(
        code: .simulatorGone,
        message: "The process whose simulator was to draw this is gone. Submit it again."
    )

    /// How a job is told of which the worker's version can't read what is stored.
    ///
    /// - Parameter what: The sentence that names it.
    public static func unreadable(_ what: String) -> JobFailure {
        JobFailure(code: .unreadable, message: "\(what) Set aside.")
    }

    /// How a job that is set aside after its workers' deaths is told.
    public static func workerLost(times: Int) -> JobFailure {
        JobFailure(code: .workerLost, message: "The worker died \(times) times while drawing this; set aside.")
    }
}
