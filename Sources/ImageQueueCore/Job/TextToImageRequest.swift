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
    /// The first picture's seed, 0 to 4294967295, or −1 for one that is chosen at submit. Picture k has seed + k, unless
    /// it is drawn as a variation of one seed.
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
    /// Whether a picture that is not as asked (another sampler, schedule, checkpoint or size) fails the job, as
    /// `not_as_asked`, instead of being kept with a warning.
    public var isStrict = false

    /// A request with the defaults for everything but the prompt.
    public init(prompt: String) {
        self.prompt = prompt
    }

    /// The seed of picture `number` (from 0), once the seed is no longer −1. Wraps at 2³², as the seeds of a range must.
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
    private enum Key: String, CodingKey {
        case prompt
        case negativePrompt = "negative_prompt"
        case width, height, steps
        case cfgScale = "cfg_scale"
        case distilledCFGScale = "distilled_cfg_scale"
        case sampler, scheduler, seed, subseed
        case subseedStrength = "subseed_strength"
        case pictureCount = "count"
        case model, styles, hires, extras
        case isStrict = "strict"
    }

    /// Reads the stored form: fields that are absent have their defaults.
    ///
    /// - Throws: `DecodingError` if a field has the wrong type.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Key.self)
        self.init(prompt: try fields.decode(String.self, forKey: .prompt))
        func take<Value: Decodable>(_ key: Key, into field: inout Value) throws {
            if let value = try fields.decodeIfPresent(Value.self, forKey: key) { field = value }
        }
        try take(.negativePrompt, into: &negativePrompt)
        try take(.width, into: &width)
        try take(.height, into: &height)
        try take(.steps, into: &steps)
        try take(.cfgScale, into: &cfgScale)
        try take(.distilledCFGScale, into: &distilledCFGScale)
        try take(.sampler, into: &sampler)
        try take(.scheduler, into: &scheduler)
        try take(.seed, into: &seed)
        try take(.subseed, into: &subseed)
        try take(.subseedStrength, into: &subseedStrength)
        try take(.pictureCount, into: &pictureCount)
        model = try fields.decodeIfPresent(String.self, forKey: .model)
        try take(.styles, into: &styles)
        hires = try fields.decodeIfPresent(HiresFix.self, forKey: .hires)
        try take(.extras, into: &extras)
        try take(.isStrict, into: &isStrict)
    }

    /// Writes the canonical form: fields that have their defaults are left out, so that equal requests look equal.
    public func encode(to encoder: any Encoder) throws {
        let usual = TextToImageRequest(prompt: prompt)
        var fields = encoder.container(keyedBy: Key.self)
        func put<Value: Encodable & Equatable>(_ key: Key, _ value: Value, unless usualValue: Value) throws {
            if value != usualValue { try fields.encode(value, forKey: key) }
        }
        try fields.encode(prompt, forKey: .prompt)
        try put(.negativePrompt, negativePrompt, unless: usual.negativePrompt)
        try put(.width, width, unless: usual.width)
        try put(.height, height, unless: usual.height)
        try put(.steps, steps, unless: usual.steps)
        try put(.cfgScale, cfgScale, unless: usual.cfgScale)
        try put(.distilledCFGScale, distilledCFGScale, unless: usual.distilledCFGScale)
        try put(.sampler, sampler, unless: usual.sampler)
        try put(.scheduler, scheduler, unless: usual.scheduler)
        try put(.seed, seed, unless: usual.seed)
        try put(.subseed, subseed, unless: usual.subseed)
        try put(.subseedStrength, subseedStrength, unless: usual.subseedStrength)
        try put(.pictureCount, pictureCount, unless: usual.pictureCount)
        try fields.encodeIfPresent(model, forKey: .model)
        try put(.styles, styles, unless: usual.styles)
        try fields.encodeIfPresent(hires, forKey: .hires)
        try put(.extras, extras, unless: usual.extras)
        try put(.isStrict, isStrict, unless: usual.isStrict)
    }
}
