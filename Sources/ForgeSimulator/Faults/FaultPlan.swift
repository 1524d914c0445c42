/// The ordered faults and how far each has come. Pure: asked with a path, it answers what is to go wrong.
struct FaultPlan: Sendable {
    private struct Entry: Sendable {
        let fault: Fault
        var passed = 0
        var met = 0
        var dice: SplitMix64

        init(_ fault: Fault) {
            self.fault = fault
            dice = SplitMix64(seed: fault.seed)
        }
    }

    private var entries: [Entry] = []

    init(_ faults: [Fault] = []) { entries = faults.map(Entry.init) }

    mutating func order(_ fault: Fault) { entries.append(Entry(fault)) }

    mutating func clear() { entries = [] }

    /// What meets this request: the first ordered fault that fits and is due.
    /// - Parameter uptime: since the start of the server.
    mutating func effect(for path: String, uptime: Duration) -> Fault.Effect? {
        for index in entries.indices {
            let fault = entries[index].fault
            guard fault.endpoint.matches(path) else { continue }
            if case .startUp(let duration) = fault.effect.kind, uptime >= duration { continue }
            if let times = fault.times, entries[index].met >= times { continue }
            entries[index].passed += 1
            guard entries[index].passed > fault.after else { continue }
            if fault.probability < 1 {
                let roll = Double(entries[index].dice.next() >> 11) / Double(1 << 53)
                guard roll < fault.probability else { continue }
            }
            entries[index].met += 1
            return fault.effect
        }
        return nil
    }
}
