internal import ImageQueueConcurrency

extension Submission {
    /// One submission for each of the request's pictures, to be handed in together: they then share a batch id, draw
    /// the pictures that this submission would, and end one by one.
    ///
    /// The user's words go with the first. Each message's metadata tells its place: `variation` from 0, of
    /// `variations`. A key names the first; the others' are the key, `#` and their place,
    /// so that the same key gives the same jobs again.
    public func spread() -> [Submission] {
        var generator = SystemChance()
        return spread(using: &generator)
    }

    /// As ``spread()``, with a generator for a seed that is still to be chosen.
    public func spread(using generator: inout some RandomNumberGenerator) -> [Submission] {
        // What will be refused is refused as it is.
        guard let drawing = request.drawing, drawing.pictureCount > 1, (try? drawing.validate()) != nil else {
            return [self]
        }
        // Chosen once, before the parts are stored. Under a key it follows from that, or a repeat would look different.
        let whole =
            if let key {
                drawing.resolvingSeed(from: "\(owner.rawValue)\u{0}\(key)")
            } else {
                drawing.resolvingSeed(using: &generator)
            }
        return (0..<drawing.pictureCount).map { number in
            var part = self
            part.request.drawing = whole.picture(number)
            part.metadata["variation"] = .integer(Int64(number))
            part.metadata["variations"] = .integer(Int64(drawing.pictureCount))
            guard number > 0 else { return part }
            part.userMessage = nil
            part.key = key.map { "\($0)#\(number)" }
            return part
        }
    }
}

extension TextToImageRequest {
    /// The request for one of its pictures alone, once its seeds are chosen.
    fileprivate func picture(_ number: Int) -> TextToImageRequest {
        var single = self
        single.pictureCount = 1
        single.seed = Int64(seed(ofPicture: number))
        if subseedStrength > 0 { single.subseed = Int64(subseed(ofPicture: number)) }
        return single
    }

    /// Chooses the seeds by a text: equal texts give equal seeds.
    fileprivate func resolvingSeed(from text: String) -> TextToImageRequest {
        var generator = TextGenerator(text)
        return resolvingSeed(using: &generator)
    }
}

/// Numbers that follow from a text: FNV-1a, stirred by SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
private struct TextGenerator: RandomNumberGenerator {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ text: String) {
        for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
