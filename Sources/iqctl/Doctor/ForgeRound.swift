internal import ForgeClient

/// Asks several Forges at once: one that doesn't answer keeps nobody waiting for the others.
enum ForgeRound {
    /// What each tells, in their order.
    static func inspections(of generators: [ForgeGenerator]) async throws -> [ForgeInspection] {
        try await withThrowingTaskGroup(of: (Int, ForgeInspection).self) { group in
            for (index, generator) in generators.enumerated() {
                group.addTask { (index, try await generator.inspect()) }
            }
            var found: [(Int, ForgeInspection)] = []
            for try await inspection in group { found.append(inspection) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
