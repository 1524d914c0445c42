/// How a job shows in its message: the text and the metadata, while it waits and at its end.
///
/// Both stores write messages by these rules alone.
public enum ImageMessage {
    /// The metadata keys that only the queue writes.
    public static let reservedKeys: Set<String> = [
        "type", "job_id", "status", positionKey, "prompt", "progress", "image_url", "image_urls", "error",
        "error_code", "batch_id", "retry_of", "parent",
    ]

    /// The metadata key of a waiting job's place in the queue.
    package static let positionKey = "queue_position"

    /// How many characters of a prompt events and message texts quote.
    public static let excerptLength = 100

    /// The prompt's first 100 characters, as far as they fit into 4 KiB: one may have any number of marks.
    public static func excerpt(of prompt: String) -> String {
        // Where the next one is plain as well, a character is a byte, and nobody need look for where it ends.
        var text = prompt
        let plain = text.withUTF8 { characters -> String? in
            let head = UnsafeBufferPointer(rebasing: characters.prefix(excerptLength + 1))
            guard head.allSatisfy({ $0 < 0x80 && $0 != 0x0D }) else { return nil }
            return String(decoding: head.prefix(excerptLength), as: UTF8.self)
        }
        if let plain { return plain }
        var excerpt = prompt.prefix(excerptLength)
        while excerpt.utf8.count > 4_096 { excerpt.removeLast() }
        return String(excerpt)
    }

    /// The text while the job waits or is drawn.
    public static func pendingContent(prompt: String) -> String { "[IMAGE_PENDING] \(excerpt(of: prompt))" }

    /// The text once the pictures are stored.
    public static func completeContent(prompt: String) -> String { "[IMAGE] \(excerpt(of: prompt))" }

    /// The text after a failure or a cancel.
    public static func errorContent(_ failure: JobFailure) -> String { "[IMAGE_ERROR] \(failure.message)" }

    /// The metadata at submit; the position is that of the submission and is not kept up to date.
    ///
    /// `parent` holds the `job_id` of the picture that the result is made of, and its `number`, from 0.
    public static func pendingMetadata(
        job: JobID,
        position: Int?,
        prompt: String,
        batch: JobID? = nil,
        retryOf: JobID? = nil,
        parent: ImageParent? = nil
    ) -> Metadata {
        var metadata: Metadata = [
            "type": "image",
            "job_id": .string(job.description),
            "status": "queued",
            "prompt": .string(prompt),
        ]
        if let position { metadata[positionKey] = .integer(Int64(position)) }
        if let batch { metadata["batch_id"] = .string(batch.description) }
        if let parent {
            metadata["parent"] = [
                "job_id": .string(parent.job.description), "number": .integer(Int64(parent.number)),
            ]
        }
        if let retryOf { metadata["retry_of"] = .string(retryOf.description) }
        return metadata
    }

    /// The merge patch (RFC 7396) for the metadata of a complete job.
    public static func completePatch(imageURLs: [String]) -> Metadata {
        [
            "status": "complete",
            "progress": 100,
            positionKey: nil,
            "image_url": imageURLs.first.map(JSONValue.string) ?? nil,
            "image_urls": .array(imageURLs.map(JSONValue.string)),
        ]
    }

    /// The merge patch (RFC 7396) for the metadata of a failed or cancelled job. Pictures that came are kept and named.
    public static func errorPatch(_ failure: JobFailure, imageURLs: [String]) -> Metadata {
        var patch: Metadata = [
            "status": "error",
            positionKey: nil,
            "error": .string(failure.message),
            "error_code": .string(failure.code.rawValue),
        ]
        if let first = imageURLs.first {
            patch["image_url"] = .string(first)
            patch["image_urls"] = .array(imageURLs.map(JSONValue.string))
        }
        return patch
    }

    /// Refuses a host's metadata that would touch what only the queue writes, or could not be read again.
    ///
    /// - Throws: ``QueueError`` with code `reserved_key`; `invalid_request` for a number that is not finite, for lists
    ///   and objects within more than 64 others, and for more than 64 KiB.
    public static func validate(_ metadata: Metadata) throws {
        if let key = metadata.keys.sorted().first(where: reservedKeys.contains) {
            throw QueueError(code: .reservedKey, message: "The metadata key \"\(key)\" is written by the queue alone.")
        }
        guard metadata.values.allSatisfy({ $0.isReadable(within: depthLimit) }) else {
            throw FieldRule.refusal(
                "metadata",
                "must hold finite numbers, and nest at most \(depthLimit) lists or objects"
            )
        }
        guard JSONValue.object(metadata).approximateSize <= sizeLimit else {
            throw FieldRule.refusal("metadata", "must be at most \(sizeLimit >> 10) KiB")
        }
    }

    /// Refuses what a host's patch would make of a message's metadata, where that becomes too much: SQLite looks
    /// through all of it for each key of the next patch, and every status of the job carries it.
    ///
    /// - Throws: ``QueueError`` with code `invalid_request`.
    package static func validate(merged metadata: Metadata, before: Metadata) throws {
        func size(_ metadata: Metadata) -> Int {
            JSONValue.object(metadata.filter { !reservedKeys.contains($0.key) }).approximateSize
        }
        // What its host has stored by itself may be larger, and be made smaller step by step.
        let merged = size(metadata)
        guard merged <= mergedSizeLimit || merged <= size(before) else {
            throw FieldRule.refusal(
                "metadata",
                "must be at most \(mergedSizeLimit >> 10) KiB together with what is stored"
            )
        }
    }

    private static let sizeLimit = 64 << 10
    private static let mergedSizeLimit = 256 << 10

    /// Far less than what SQLite and decoders of JSON take.
    private static let depthLimit = 64
}
