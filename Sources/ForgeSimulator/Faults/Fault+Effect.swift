extension Fault {
    /// What goes wrong. Effects that lose or change an answer let the job behind it run to its end, like a real loss.
    public struct Effect: Sendable, Hashable {
        enum Kind: Sendable, Hashable {
            case refuse(Duration)
            case reset
            case delay(Duration)
            case hang
            case drop
            case dropInHead
            case dropInBody
            case garbage
            case html
            case detail(status: Int, text: String)
            case validation(message: String)
            case exception(status: Int, name: String, message: String)
            case outOfMemory
            case noPictures
            case startUp(Duration)
            case restart(Duration)
        }

        let kind: Kind

        /// The listener is closed for a while: new connections are refused, open ones go on. Met at once when ordered
        /// for ``Endpoint/any``, otherwise after the first fitting request, which is reset.
        public static func refuseConnections(for duration: Duration) -> Self { Self(kind: .refuse(duration)) }
        /// The connection is reset (RST) as soon as the request has been read; nothing runs.
        public static let reset = Self(kind: .reset)
        /// The answer is held back for a while after it is ready.
        public static func delay(_ duration: Duration) -> Self { Self(kind: .delay(duration)) }
        /// The request is read and never answered; nothing runs.
        public static let hang = Self(kind: .hang)
        /// The connection is closed instead of the answer.
        public static let dropBeforeHead = Self(kind: .drop)
        /// The connection is closed in the middle of the head of the answer.
        public static let dropInHead = Self(kind: .dropInHead)
        /// The connection is closed after the head and half of the body.
        public static let dropInBody = Self(kind: .dropInBody)
        /// 200 with a body that is no JSON.
        public static let garbage = Self(kind: .garbage)
        /// 200 with a web page, as a proxy in front of a sleeping server sends it.
        public static let webPage = Self(kind: .html)
        /// `{"detail": text}`: a deliberate error of a handler.
        public static func detail(status: Int, _ text: String) -> Self {
            Self(kind: .detail(status: status, text: text))
        }
        /// 404 `{"detail":"Not Found"}`: an unknown path, or a Forge that is still starting.
        public static let notFound = Self(kind: .detail(status: 404, text: "Not Found"))
        /// 422 with a list of complaints: a failed validation.
        public static func validation(_ message: String) -> Self { Self(kind: .validation(message: message)) }
        /// The four-key object of any other exception. A generation fails with it right after its start.
        public static func exception(status: Int = 500, _ name: String, _ message: String) -> Self {
            Self(kind: .exception(status: status, name: name, message: message))
        }
        /// 500 `OutOfMemoryError` after the first step of a generation.
        public static let outOfMemory = Self(kind: .outOfMemory)
        /// 200 with an empty list of pictures.
        public static let noPictures = Self(kind: .noPictures)
        /// 404 for everything during that time after the start of the server, as while Forge mounts its API.
        public static func startUp(_ duration: Duration) -> Self { Self(kind: .startUp(duration)) }
        /// The server dies, in the middle of the job if the request is a generation: all connections drop, all tasks
        /// are forgotten; it listens again, on the same port, after `downtime`.
        public static func restart(downtime: Duration) -> Self { Self(kind: .restart(downtime)) }
    }
}
