#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// What stays of a job that was removed.
struct PrunedJob: Sendable {
    let messageID: MessageID
    let createdAt: Date
    let images: [GeneratedImage]
}

extension MemoryState {
    /// Removes at most `limit` finished jobs and events older than `age`; answers whether more are left.
    mutating func prune(olderThan age: Duration, limit: Int, at now: StoreMoment) -> Bool {
        let cutoff = now.wall.advanced(by: .zero - age)
        let old = jobs.values.filter { $0.finishedAt.map { $0 <= cutoff } ?? false }
            .sorted { ($0.finishedAt ?? cutoff, $0.seq) < ($1.finishedAt ?? cutoff, $1.seq) }.prefix(limit)
        remove(Array(old))
        // What a wrong clock has dated ahead would hold up all that follow; where the newest is dated so,
        // this clock is wrong.
        let ahead = now.wall.advanced(by: .seconds(86_400))
        let isRight = self.events.last.map { $0.at <= ahead } ?? true
        let events = events.prefix(limit).prefix { $0.at <= cutoff || (isRight && $0.at > ahead) }.count
        forgetEvents(events)
        submitKeys = submitKeys.filter { _, kept in isAlive(kept, at: now) || kept.at > cutoff }
        return max(old.count, events) >= limit
    }

    /// A job that was removed, as its message and its pictures tell it.
    func rememberedJob(_ id: JobID, as requester: Requester) -> Job? {
        guard let pruned = pruned[id], let message = message(pruned.messageID), requester.mayTouch(message.owner)
        else { return nil }
        return Job(id, rememberedBy: message, images: pruned.images, template: rules.imageURLTemplate)
    }
}
