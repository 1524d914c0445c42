/// Names the stored picture that another one was made of.
public struct ImageParent: Sendable, Hashable {
    /// The job that made it.
    public var job: JobID
    /// Which of that job's pictures, from 0.
    public var number: Int

    /// Names a picture.
    public init(job: JobID, number: Int) {
        self.job = job
        self.number = number
    }
}

extension ImageParent: Codable {
    /// Reads the stored form.
    ///
    /// - Throws: `DecodingError` if a field is missing or has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the stored form.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        let text = try fields.required("job_id", fields.string)
        guard let job = JobID(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "\(text) is no job id."))
        }
        self.init(job: job, number: try fields.required("number", fields.int))
    }

    var stored: Metadata { ["job_id": .string(job.description), "number": .stored(number)] }
}
