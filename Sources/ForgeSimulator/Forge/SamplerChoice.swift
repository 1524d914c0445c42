/// Which sampler and scheduler Forge takes for two names: unknown ones are replaced, not refused.
struct SamplerChoice: Sendable, Equatable {
    /// For example "Euler".
    let sampler: String
    /// A label, for example "Automatic".
    let scheduler: String
    /// Whether the scheduler was chosen by the sampler's own default; Forge then lists it among the extra parameters.
    let schedulerIsExtra: Bool

    private struct Sampler {
        let name: String
        let names: Set<String>
        let scheduler: String?
    }

    private static let samplers: [Sampler] = (RecordedData.samplers.arrayValue ?? []).compactMap { entry in
        guard let name = entry["name"]?.stringValue else { return nil }
        let aliases = entry["aliases"]?.arrayValue?.compactMap(\.stringValue) ?? []
        return Sampler(
            name: name,
            names: Set(([name] + aliases).map { $0.lowercased() }),
            scheduler: entry["options"]?["scheduler"]?.stringValue
        )
    }

    /// Labels by name and by label, both in lower case.
    private static let labels: [String: String] = {
        var labels: [String: String] = [:]
        for entry in RecordedData.schedulers.arrayValue ?? [] {
            guard let name = entry["name"]?.stringValue, let label = entry["label"]?.stringValue else { continue }
            labels[name.lowercased()] = label
            labels[label.lowercased()] = label
        }
        return labels
    }()

    init(samplerName: String?, schedulerName: String?) {
        var wanted = (samplerName ?? "Euler").lowercased()
        var scheduler = schedulerName.flatMap { Self.labels[$0.lowercased()] } ?? "Automatic"
        // The old style: "DPM++ 2M Karras".
        for (name, label) in Self.labels where wanted.hasSuffix(" " + name) {
            let start = wanted.dropLast(name.count + 1)
            guard Self.samplers.contains(where: { $0.names.contains(String(start)) }) else { continue }
            wanted = String(start)
            if scheduler == "Automatic" { scheduler = label }
        }
        let found = Self.samplers.first { $0.names.contains(wanted) } ?? Self.samplers.first
        sampler = found?.name ?? "Euler"
        if scheduler == "Automatic", let own = found?.scheduler, let label = Self.labels[own] { scheduler = label }
        self.scheduler = scheduler
        schedulerIsExtra = scheduler != "Automatic"
    }
}
