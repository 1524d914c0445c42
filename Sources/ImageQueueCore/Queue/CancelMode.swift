/// How soon a cancelled job ends.
///
/// Either way a job that waits ends at once, and no cancelled job starts another attempt.
public enum CancelMode: Sendable, Hashable {
    /// At once: what is being drawn is interrupted and thrown away.
    case now
    /// After the picture that is being drawn: it is stored, and the rest is dropped.
    ///
    /// A job whose last picture that was is complete; any other ends as cancelled and keeps the pictures it has.
    case afterPicture

    /// This wish beside an earlier one: the stronger of the two stands.
    func joined(with earlier: CancelMode?) -> CancelMode { earlier == .now ? .now : self }
}
