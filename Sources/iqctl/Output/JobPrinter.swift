internal import ImageQueueCore

/// Prints jobs for people or as JSON.
struct JobPrinter {
    let files: any ImageFiles
    let isJSON: Bool

    /// Everything about one job.
    func printWhole(_ job: Job) throws {
        if isJSON {
            try Console.shared.print(JSONLine.text(JobRecord(job, files: files)))
        } else {
            for line in JobText(job: job, files: files).lines { try Console.shared.print(line) }
        }
    }

    /// A line for a job.
    func printLine(_ job: Job) throws {
        if isJSON {
            try printWhole(job)
        } else {
            try Console.shared.print(JobText(job: job, files: files).summary)
        }
    }

    /// A line for each job that matches, at most `limit` from where `after` ended; answers how many, and what to go on
    /// after if there are more.
    func printAll(
        of queue: ImageQueue,
        matching filter: JobFilter,
        as requester: Requester,
        after: PageToken? = nil,
        limit: Int = .max
    ) async throws -> (count: Int, next: PageToken?) {
        var count = 0
        var token = after
        repeat {
            let page = try await queue.list(filter, as: requester, after: token, limit: min(100, limit - count))
            for job in page.jobs { try printLine(job) }
            count += page.jobs.count
            token = page.next
        } while token != nil && count < limit
        return (count, token)
    }
}
