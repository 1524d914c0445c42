internal import ImageQueueCore

/// A job's request as the database holds it. One that this version can't read was written by a newer one or by another
/// program: its job can be looked at and ended, but not drawn.
struct StoredRequest {
    /// See ``Job/isRequestKnown``.
    let shown: ImageRequest
    /// Why it can't be read.
    let flaw: QueueError?

    static var missing: StoredRequest { StoredRequest(prompt: "", JobRow.damaged("a job without its request")) }

    init(_ row: borrowing Row, _ column: Int) {
        do {
            self.init(shown: try ImageRequest(stored: StoreJSON.metadata(row, column)), flaw: nil)
        } catch {
            self.init(prompt: Self.prompt(row, column), JobRow.damaged("a request", error))
        }
    }

    private init(prompt: String, _ flaw: QueueError) {
        self.init(shown: .textToImage(TextToImageRequest(prompt: prompt)), flaw: flaw)
    }

    private init(shown: ImageRequest, flaw: QueueError?) {
        self.shown = shown
        self.flaw = flaw
    }

    /// What was submitted, where it can be read.
    var known: ImageRequest? { flaw == nil ? shown : nil }

    /// The prompt, without reading what follows it; empty where it can't be read.
    static func prompt(_ row: borrowing Row, _ column: Int) -> String {
        let text = try? StoreJSON.text(under: "prompt", row, column) ?? StoreJSON.text(under: "caption", row, column)
        return text ?? ""
    }
}

/// What is kept of a job beside its row, but for what changes while it waits and is drawn.
struct JobParts {
    var request: StoredRequest
    var metadata: Metadata
    var images: [GeneratedImage]
}
