extension MemoryState {
    func backendStatuses() -> [BackendStatus] {
        let named = workers.values.flatMap(\.registration.backends)
        return Set(named).union(backends.keys).union(drained).sorted { $0.rawValue < $1.rawValue }.map { backend in
            BackendStatus(
                backend: backend,
                holder: backends[backend],
                isDraining: drained.contains(backend),
                report: reports[backend]
            )
        }
    }

    mutating func setDraining(_ draining: Bool, backend: BackendID) throws {
        let known = backendStatuses().map(\.backend)
        guard known.contains(backend) else { throw QueueError.noSuchBackend(backend, known: known) }
        if draining {
            drained.insert(backend)
        } else {
            drained.remove(backend)
            additions[backend, default: 0] += backends[backend] == nil ? 0 : 1
        }
    }

    func brief(on backend: BackendID) -> BackendBrief {
        BackendBrief(
            holder: backends[backend],
            isDraining: drained.contains(backend),
            additions: additions[backend] ?? 0,
            hasOrphans: orphans[backend]?.isEmpty == false
        )
    }

    mutating func note(_ report: BackendReport, on backend: BackendID, by worker: WorkerID) {
        if backends[backend] == worker { reports[backend] = report }
    }
}
