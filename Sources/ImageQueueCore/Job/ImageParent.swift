/// Names the stored picture that another one was made of.
public struct ImageParent: Sendable, Hashable, Codable {
    /// The job that made it.
    public var job: JobID
    /// Which of that job's pictures, from 0.
    public var number: Int

    /// Names a picture.
    public init(job: JobID, number: Int) {
        self.job = job
        self.number = number
    }

    private enum CodingKeys: String, CodingKey {
        case job = "job_id"
        case number
    }
}
