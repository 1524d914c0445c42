internal import ImageQueueCore

/// A job's request as the database holds it. One that this version can't read was written by a newer one or by another
/// program: its job can be looked at and ended, but not drawn.
enum StoredRequest {
    case known(ImageRequest)
    case unreadable(prompt: String, QueueError)

    static var missing: StoredRequest { .unreadable(prompt: "", JobRow.damaged("a job without its request")) }

    init(_ row: borrowing Row, _ column: Int) {
        do {
            self = .known(try ImageRequest(stored: StoreJSON.metadata(row, column)))
        } catch {
            self = .unreadable(prompt: Self.prompt(row, column), StoreJSON.unreadable(ImageRequest.self, error))
        }
    }

    /// The prompt, without reading what follows it; empty where it can't be read.
    static func prompt(_ row: borrowing Row, _ column: Int) -> String {
        let text = try? StoreJSON.text(under: "prompt", row, column) ?? StoreJSON.text(under: "caption", row, column)
        return text ?? ""
    }

    var known: ImageRequest? { if case .known(let request) = self { request } else { nil } }

    /// See ``Job/isRequestKnown``.
    var shown: ImageRequest {
        switch self {
        case .known(let request): request
        case .unreadable(let prompt, _): .textToImage(TextToImageRequest(prompt: prompt))
        }
    }
}

/// What is kept of a job beside its row, but for what changes while it waits and is drawn.
struct JobParts {
    var request: StoredRequest
    var metadata: Metadata
    var images: [GeneratedImage]
}
