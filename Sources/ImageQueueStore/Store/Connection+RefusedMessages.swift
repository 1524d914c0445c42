internal import ImageQueueCore

/// Messages that can't be changed at their jobs' ends. The table is its host's as well: a trigger may refuse, and what
/// a newer SQLite has stored there (from 3.42 on it takes JSON5 for JSON) can neither be changed nor removed by an
/// older one. A job ends without such a message: else its worker, or the sweep that ends it, would try for ever.
extension Connection {
    /// Merges a job's end into its message, where that can be changed.
    func endMessage(_ id: MessageID, content: String, patchText: String, at now: Int64) throws {
        do {
            try patchMessage(id, content: content, patchText: patchText, at: now)
        } catch let error as DatabaseError where isRefusal(error) {
            complaints.append(.refused(id, reason: error.message))
        }
    }

    /// The same for many, by one statement where none of them refuses.
    func endMessages(_ ids: [MessageID], content: String, patchText: String, at now: Int64) throws {
        do {
            try patchMessages(ids, content: content, patchText: patchText, at: now)
        } catch let error as DatabaseError where isRefusal(error) {
            for id in ids { try endMessage(id, content: content, patchText: patchText, at: now) }
        }
    }

    /// Whether a statement alone has failed, for what stands in the row or what another program wants of it.
    private func isRefusal(_ error: DatabaseError) -> Bool {
        isInTransaction && (ResultCode.constraint ~= error.code || ResultCode.error ~= error.code)
    }
}
