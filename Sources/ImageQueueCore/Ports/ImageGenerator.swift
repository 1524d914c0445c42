#if canImport(FoundationEssentials)
public import FoundationEssentials
#else
public import Foundation
#endif

/// Draws pictures on one backend, one at a time.
public protocol ImageGenerator: Sendable {
    /// The backend.
    var backend: BackendID { get }

    /// Whether others than this queue draw on it too; `true` unless said otherwise.
    var isShared: Bool { get }

    /// Which drawings it can stop in the middle, as far as it knows by now; all unless said otherwise. Of others a
    /// cancel is told at once that the backend finishes them.
    var interruptibleKinds: Set<ImageRequest.Kind> { get }

    /// Draws one picture, and answers as soon as the backend is free for the next one: the picture may still be on its
    /// way then, so that nobody waits for its transfer and decoding before the next request leaves.
    ///
    /// A task that is cancelled gets `CancellationError` at once, and the backend goes on. No request leaves while an
    /// earlier one, or an interrupt of ours, is unanswered.
    ///
    /// - Parameters:
    ///   - task: What to draw.
    ///   - onProgress: Called with rising fractions, 0 to 1, from any thread; must not block. Never after the return.
    /// - Throws: ``GenerationError``, of class `interrupted` where it was an interrupt of ours that ended the drawing;
    ///   `CancellationError`.
    func draw(
        _ task: DrawingTask,
        onProgress: @escaping @Sendable (DrawingProgress) -> Void
    ) async throws -> any ArrivingImage

    /// Stops the drawing of this very task, if the backend works on it and can be asked safely.
    ///
    /// Its `draw` then answers soon, with a half-done picture or none, which must not be used.
    ///
    /// - Throws: ``GenerationError`` if the backend can't be asked, and nothing was sent.
    func interrupt(_ task: DrawingTask.ID) async throws -> InterruptOutcome

    /// Sees to it that the backend no longer works on a task that a worker now dead had sent: stops it where that is
    /// safe, else waits for its end.
    ///
    /// - Throws: ``GenerationError`` if the backend can't be asked; `CancellationError`.
    func settleOrphan(_ task: DrawingTask.ID) async throws

    /// Asks whether the backend can draw now.
    ///
    /// - Throws: ``GenerationError`` with a sentence for people, of class `unavailable`, `notReady` or `unauthorized`,
    ///   or of what else became of the question.
    func checkHealth() async throws
}

extension ImageGenerator {
    /// Others may draw on it too.
    public var isShared: Bool { true }

    /// It can stop any.
    public var interruptibleKinds: Set<ImageRequest.Kind> { Set(ImageRequest.Kind.allCases) }
}

/// What an interrupt led to.
public enum InterruptOutcome: Sendable, Hashable {
    /// The task was being drawn, and the backend has been told to stop. Also where its answer was lost: it may have
    /// hit; and where the task's request had not been sent yet, and now never will be.
    case sent
    /// The backend does not work on the task now: nothing was sent.
    case notRunning
    /// Nobody can tell whose picture would be hit: nothing was sent, and nothing will be.
    case impossible
}

/// One picture of one attempt.
public struct DrawingTask: Sendable, Hashable {
    /// Names a picture of an attempt for the backend.
    public struct ID: Sendable, Hashable, CustomStringConvertible {
        /// The job.
        public var job: JobID
        /// The attempt, from 1.
        public var attempt: Int
        /// The picture, from 0.
        public var number: Int

        /// Names a picture of an attempt.
        public init(job: JobID, attempt: Int, number: Int) {
            self.job = job
            self.attempt = attempt
            self.number = number
        }

        /// `iq-<job>-<attempt>-<number>`
        public var description: String { "iq-\(job)-\(attempt)-\(number)" }
    }

    /// Its name.
    public var id: ID
    /// What to make: the job's request. A drawn picture's seed is that of picture `id.number`.
    public var request: ImageRequest
    /// The pictures that the request names.
    public var inputs: [InputFile]

    /// A picture to make.
    public init(id: ID, request: ImageRequest, inputs: [InputFile] = []) {
        self.id = id
        self.request = request
        self.inputs = inputs
    }

    /// A picture to draw from words.
    public init(id: ID, request: TextToImageRequest) {
        self.init(id: id, request: .textToImage(request))
    }

    /// The seed of this picture; `nil` where nothing is drawn.
    public var seed: UInt32? { request.drawing?.seed(ofPicture: id.number) }

    /// The subseed of this picture; `nil` if it leans towards none.
    public var subseed: UInt32? {
        guard let drawing = request.drawing, drawing.subseedStrength > 0 else { return nil }
        return drawing.subseed(ofPicture: id.number)
    }
}

/// How far one picture is.
public struct DrawingProgress: Sendable, Hashable {
    /// 0 to 1, never falling within a task.
    public var fraction: Double
    /// The time this picture will still take, where the backend tells.
    public var remaining: Duration?

    /// A progress.
    public init(fraction: Double, remaining: Duration? = nil) {
        self.fraction = fraction
        self.remaining = remaining
    }
}

/// A picture that its backend has finished, and that may still be on its way.
public protocol ArrivingImage: Sendable {
    /// The picture, once it is there whole. Blocks no thread.
    ///
    /// A task that is cancelled gets `CancellationError` at once, and gives the picture up:
    /// what still comes of it is lost.
    ///
    /// - Throws: ``GenerationError`` if it never comes whole or must not be used, such as one that somebody else cut
    ///   short; `CancellationError`.
    func image() async throws -> DrawnImage
}

extension DrawnImage: ArrivingImage {
    /// A picture that is there.
    public func image() -> DrawnImage { self }
}

/// A picture as it came.
public struct DrawnImage: Sendable, Hashable {
    /// The file's bytes.
    public var bytes: Data
    /// The format by those bytes.
    public var format: ImageFormat
    /// Pixels across, by those bytes.
    public var width: Int
    /// Pixels down, by those bytes.
    public var height: Int
    /// The seed the backend names; `nil` where nothing was drawn.
    public var seed: UInt64?
    /// The parameters as the backend wrote them down.
    public var infotext: String?
    /// What differs from what was asked, a sentence each.
    public var warnings: [String]

    /// A picture.
    public init(
        bytes: Data,
        format: ImageFormat,
        width: Int,
        height: Int,
        seed: UInt64?,
        infotext: String? = nil,
        warnings: [String] = []
    ) {
        self.bytes = bytes
        self.format = format
        self.width = width
        self.height = height
        self.seed = seed
        self.infotext = infotext
        self.warnings = warnings
    }
}
