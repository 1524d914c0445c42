internal import ImageQueueCore

/// Gathers what an observation delivers, and lets a law wait for it.
///
/// How long a law may take is for the test that runs it to say.
final class DeltaRecorder: Sendable {
    private let state = Watched<[StoreDelta]>([])

    var deltas: [StoreDelta] { state.value }
    var events: [JobEvent] { deltas.flatMap(\.events) }
    var progress: [JobEvent] { deltas.flatMap(\.progress) }

    func take(_ delta: StoreDelta) { state.change { $0.append(delta) } }

    func wait(until isEnough: @escaping @Sendable ([StoreDelta]) -> Bool) async { await state.wait(until: isEnough) }

    /// Waits until the log has been delivered up to a place.
    func wait(for cursor: EventCursor) async {
        await wait { $0.last.map { $0.cursor.sequence >= cursor.sequence } ?? false }
    }
}
