internal import Logging

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The side of a ``Doorbell`` that listens: what its thread does.
struct Ear: Sendable {
    let path: String
    let configuration: Doorbell.Configuration
    let logger: Logger
    let alarm: Alarm

    /// Waits and tells, until nobody wants to know.
    ///
    /// - Parameter tell: takes why, and whether the kernel tells of rings; returns whether to go on.
    func listen(_ tell: (Doorbell.Wake, _ hearsKernel: Bool) -> Bool) {
        var events = openEvents()
        warnIfDeaf(events)
        var deafLooks = 0
        // Whatever was rung before the watch stood is covered by this call.
        var wake = Doorbell.Wake.ring
        while tell(wake, events != nil) {
            wake = wait(for: events)
            if events?.isStale(path) ?? true {
                let wasDeaf = events == nil
                deafLooks += 1
                // Deaf, it asks again once in a while: an instance may have become free.
                guard !wasDeaf || deafLooks.isMultiple(of: 100) else { continue }
                events = openEvents()
                if !wasDeaf {
                    // Rung between the loss of the file and the new watch: perhaps.
                    wake = .ring
                    warnIfDeaf(events)
                }
            }
        }
    }

    private func wait(for events: BellEvents?) -> Doorbell.Wake {
        let limit = events == nil ? configuration.deafLook : configuration.slowLook
        // A negative descriptor is passed over.
        var waited = [
            pollfd(fd: alarm.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: events?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
        ]
        let ready = poll(&waited, nfds_t(waited.count), Int32(clamping: limit.milliseconds))
        guard ready > 0 else { return .look }
        // Emptied before the listeners look: a ring that comes while they do wakes them again.
        if waited[0].revents != 0 { alarm.reset() }
        if waited[1].revents != 0 { events?.drain() }
        return .ring
    }

    private func openEvents() -> BellEvents? {
        guard configuration.usesKernelEvents else { return nil }
        // The file may lose its name while it is being found and watched: then again, not so often as to be kept busy.
        for _ in 0..<10 {
            if let events = try? BellEvents(path: path), !events.isStale(path) { return events }
        }
        return nil
    }

    private func warnIfDeaf(_ events: BellEvents?) {
        guard events == nil else { return }
        logger.warning(
            "The doorbell cannot be watched; looking at intervals instead",
            metadata: ["imagequeue.doorbell.interval_ms": "\(configuration.deafLook.milliseconds)"]
        )
    }
}
