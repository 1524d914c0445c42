/// What a client of Forge must never do, whatever happens to it; judged by what reached the server.
///
/// The rules come from FORGE.md, section 14: a probe of `cmd-flags` always fails, one bad option breaks the server for
/// everybody, a generation behind another can't be cancelled, and one that is sent twice is drawn twice.
public struct Conduct: Sendable {
    private static let generations: Set = ["/sdapi/v1/txt2img", "/sdapi/v1/img2img", "/sdapi/v1/extra-single-image"]

    /// The settings that a request may override: the model, and nothing free.
    public var allowedSettings: Set<String> = ["sd_model_checkpoint"]

    /// The usual rules.
    public init() {}

    /// Judges a ``ForgeSimulator/log``.
    /// - Parameter log: the requests in the order of their arrival.
    /// - Returns: a sentence for each breach; empty if there is none.
    public func breaches(in log: [RequestRecord]) -> [String] {
        log.flatMap(breaches(of:)) + overlaps(in: log) + repetitions(in: log) + strayInterrupts(in: log)
    }

    /// The most generation requests that were under way at the same time.
    /// - Parameter log: the requests in the order of their arrival.
    public func mostOpenGenerations(in log: [RequestRecord]) -> Int {
        let calls = log.filter(Self.isGeneration)
        return calls.map { call in
            calls.count { $0.arrived <= call.arrived && ($0.answered.map { $0 > call.arrived } ?? true) }
        }.max() ?? 0
    }

    private func breaches(of record: RequestRecord) -> [String] {
        var breaches: [String] = []
        if record.path.contains("cmd-flags") { breaches.append("It asked for cmd-flags.") }
        if record.path.hasSuffix("/options"), record.method != "GET" { breaches.append("It set options.") }
        guard let body = try? JSONParser.parse(record.body), case .object(let settings)? = body["override_settings"]
        else { return breaches }
        return breaches
            + settings.keys.filter { !allowedSettings.contains($0) }.map { "It overrode the setting \($0)." }
    }

    private func overlaps(in log: [RequestRecord]) -> [String] {
        let most = mostOpenGenerations(in: log)
        return most > 1 ? ["It had \(most) generations open at once."] : []
    }

    private func repetitions(in log: [RequestRecord]) -> [String] {
        let tasks = log.filter(Self.isGeneration).compactMap(\.taskID)
        let counts = Dictionary(tasks.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.filter { $0.value > 1 }.sorted { $0.key < $1.key }.map { "It sent \($0.key) \($0.value) times." }
    }

    /// An interrupt that nothing was asked before, or that hit what it had not asked about.
    private func strayInterrupts(in log: [RequestRecord]) -> [String] {
        log.enumerated().filter { $0.element.path == "/sdapi/v1/interrupt" }.compactMap { place, interrupt in
            guard let active = interrupt.activeAtArrival else { return nil }
            let question = log[..<place].last { $0.path == "/internal/progress" }
            return question?.taskID == active ? nil : "It interrupted \(active) unasked."
        }
    }

    private static func isGeneration(_ record: RequestRecord) -> Bool {
        record.method == "POST" && generations.contains(record.path)
    }
}
