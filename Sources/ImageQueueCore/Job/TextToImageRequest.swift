/// What to draw from words.
///
/// The defaults suit Flux on Forge. Ranges are checked by ``validate()`` before anything is stored, for Forge accepts
/// nonsense silently or dies of it.
public struct TextToImageRequest: Sendable, Hashable {
    /// What the picture shows: 1 byte to 64 KiB of UTF-8, not only white space, without NUL.
    public var prompt: String
    /// What it must not show: at most 64 KiB of UTF-8, without NUL.
    public var negativePrompt = ""
    /// Pixels across: a multiple of 8, 64 to 4096.
    public var width = 1024
    /// Pixels down: a multiple of 8, 64 to 4096.
    public var height = 1024
    /// Sampling steps, 1 to 150.
    public var steps = 20
    /// How strongly the prompt binds (classifier-free guidance), 0 to 30. Flux wants 1.
    public var cfgScale = 1.0
    /// Flux's own guidance, 0 to 30.
    public var distilledCFGScale = 3.5
    /// The sampler's name as the backend lists it: 1 to 255 bytes.
    public var sampler = "Euler"
    /// The noise schedule's name as the backend lists it: 1 to 255 bytes.
    public var scheduler = "Simple"
    /// The first picture's seed, 0 to 4294967295, or −1 for one that is chosen at submit. Picture k has seed + k,
    /// unless it is drawn as a variation of one seed.
    public var seed: Int64 = -1
    /// The seed to lean towards, 0 to 4294967295, or −1 for one that is chosen at submit. Counts only with a
    /// ``subseedStrength`` above 0; then picture k has subseed + k and all have the same seed.
    public var subseed: Int64 = -1
    /// How far to lean towards the subseed: 0 (not at all) to 1 (a picture of the subseed's own).
    public var subseedStrength = 0.0
    /// How many pictures, 1 to 16.
    public var pictureCount = 1
    /// The checkpoint's name, or `nil` for the one that the backend has loaded: 1 to 255 bytes.
    public var model: String?
    /// Names of the backend's saved styles: at most 32, each 1 to 255 bytes.
    public var styles: [String] = []
    /// A second pass at a larger size, or `nil` for none.
    public var hires: HiresFix?
    /// Seldom used fields.
    public var extras = RequestExtras()
    /// Whether a picture that is not as asked (another sampler, schedule, checkpoint, seed or size, a second pass
    /// by an unknown upscaler, or one of which the backend says nothing) fails the job, as
    /// `not_as_asked`, instead of being kept with a warning.
    public var isStrict = false

    /// A request with the defaults for everything but the prompt.
    public init(prompt: String) {
        self.prompt = prompt
    }

    /// The seed of picture `number` (from 0), once the seed is no longer −1. Wraps at 2³²,
    /// as the seeds of a range must.
    public func seed(ofPicture number: Int) -> UInt32 {
        let first = UInt32(truncatingIfNeeded: seed)
        return subseedStrength > 0 ? first : first &+ UInt32(truncatingIfNeeded: number)
    }

    /// The subseed of picture `number` (from 0), once the subseed is no longer −1. Wraps at 2³².
    public func subseed(ofPicture number: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: subseed) &+ UInt32(truncatingIfNeeded: number)
    }

    /// The same request with seeds of −1 that count replaced by random ones, so that a retry draws the same picture.
    public func resolvingSeed(using generator: inout some RandomNumberGenerator) -> TextToImageRequest {
        var resolved = self
        if seed == -1 { resolved.seed = Int64(generator.next() as UInt32) }
        if subseed == -1, subseedStrength > 0 { resolved.subseed = Int64(generator.next() as UInt32) }
        return resolved
    }

    /// Pixels of the finished picture, the second pass included.
    public var finishedSize: (width: Int, height: Int) {
        guard let hires else { return (width, height) }
        return (hires.scaled(width), hires.scaled(height))
    }
}

extension TextToImageRequest: Codable {
    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws { try self.init(stored: StoredFields(from: decoder)) }

    /// Writes the canonical form: fields that have their defaults are left out, so that equal requests look equal.
    public func encode(to encoder: any Encoder) throws { try stored.encode(to: encoder) }

    init(stored fields: StoredFields) throws {
        self.init(prompt: try fields.required("prompt", fields.string))
        negativePrompt = try fields.string("negative_prompt") ?? negativePrompt
        width = try fields.int("width") ?? width
        height = try fields.int("height") ?? height
        steps = try fields.int("steps") ?? steps
        cfgScale = try fields.number("cfg_scale") ?? cfgScale
        distilledCFGScale = try fields.number("distilled_cfg_scale") ?? distilledCFGScale
        sampler = try fields.string("sampler") ?? sampler
        scheduler = try fields.string("scheduler") ?? scheduler
        seed = try fields.integer("seed") ?? seed
        subseed = try fields.integer("subseed") ?? subseed
        subseedStrength = try fields.number("subseed_strength") ?? subseedStrength
        pictureCount = try fields.int("count") ?? pictureCount
        model = try fields.string("model")
        styles = try fields.strings("styles") ?? styles
        hires = try fields.object("hires").map { try HiresFix(stored: $0) }
        extras = try fields.object("extras").map { try RequestExtras(stored: $0) } ?? extras
        isStrict = try fields.bool("strict") ?? isStrict
    }

    var stored: Metadata {
        let usual = TextToImageRequest(prompt: "")
        var fields: Metadata = ["prompt": .string(prompt)]
        fields.put("negative_prompt", negativePrompt, unless: usual.negativePrompt) { .string($0) }
        fields.put("width", width, unless: usual.width) { .stored($0) }
        fields.put("height", height, unless: usual.height) { .stored($0) }
        fields.put("steps", steps, unless: usual.steps) { .stored($0) }
        fields.put("cfg_scale", cfgScale, unless: usual.cfgScale) { .stored($0) }
        fields.put("distilled_cfg_scale", distilledCFGScale, unless: usual.distilledCFGScale) { .stored($0) }
        fields.put("sampler", sampler, unless: usual.sampler) { .string($0) }
        fields.put("scheduler", scheduler, unless: usual.scheduler) { .string($0) }
        fields.put("seed", seed, unless: usual.seed) { .integer($0) }
        fields.put("subseed", subseed, unless: usual.subseed) { .integer($0) }
        fields.put("subseed_strength", subseedStrength, unless: usual.subseedStrength) { .stored($0) }
        fields.put("count", pictureCount, unless: usual.pictureCount) { .stored($0) }
        fields["model"] = model.map(JSONValue.string)
        fields.put("styles", styles, unless: usual.styles) { .array($0.map(JSONValue.string)) }
        fields["hires"] = hires.map { .object($0.stored) }
        fields.put("extras", extras, unless: usual.extras) { .object($0.stored) }
        fields.put("strict", isStrict, unless: usual.isStrict) { .bool($0) }
        return fields
    }
}
