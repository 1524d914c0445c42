/// How a known job's request is drawn once more.
public enum Redraw: Sendable, Hashable {
    /// The same pictures.
    case sameSeed
    /// Other pictures of the same: a seed is chosen anew.
    case newSeed
    /// Pictures like one of them: with its seed, leaning towards a subseed that is chosen anew.
    ///
    /// `picture` is the one they are to be like, from 0; `strength`, above 0 to 1, is how far they lean away from it.
    case similar(picture: Int, strength: Double)
}
