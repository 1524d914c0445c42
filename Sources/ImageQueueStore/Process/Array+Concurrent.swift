extension Array where Element: Sendable {
    /// `map`, on all cores where the array is long. Of several errors any may be thrown.
    func concurrentMap<Result: Sendable>(
        _ transform: @escaping @Sendable (Element) throws -> Result
    ) async throws -> [Result] {
        // Shorter ones are done before another thread has woken up.
        let size = 128
        guard count > size else { return try map(transform) }
        return try await withThrowingTaskGroup(of: (start: Int, results: [Result]).self) { group in
            for start in stride(from: 0, to: count, by: size) {
                let part = self[start..<Swift.min(start + size, count)]
                group.addTask { (start, try part.map(transform)) }
            }
            var parts: [(start: Int, results: [Result])] = []
            for try await part in group { parts.append(part) }
            return parts.sorted { $0.start < $1.start }.flatMap(\.results)
        }
    }
}
