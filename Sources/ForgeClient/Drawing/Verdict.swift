internal import ImageQueueCore

/// What a 200 is worth: Forge marks a picture that was cut short with nothing (FORGE.md, section 8).
struct Verdict: Sendable {
    var reading: PictureReading.Reading
    /// Forge said so of this very job.
    var wasCutShort: Bool
    /// Whether only what was asked will do.
    var isStrict = false

    /// - Throws: `GenerationError` of class `interrupted_by_other` or `not_as_asked`.
    func picture() throws -> DrawnImage {
        guard !wasCutShort else {
            throw GenerationError(
                .interruptedByOther,
                message: "Somebody else who uses this Forge interrupted or skipped the drawing: it is half done."
            )
        }
        guard let picture = reading.picture else {
            throw GenerationError(
                .interruptedByOther,
                message: "Forge answered without a picture: somebody else who uses it interrupted the drawing."
            )
        }
        guard !isStrict || picture.warnings.isEmpty else {
            throw GenerationError(.notAsAsked, message: picture.warnings.joined(separator: " "))
        }
        return picture
    }
}
