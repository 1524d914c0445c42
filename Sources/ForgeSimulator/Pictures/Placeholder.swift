/// What a simulated picture shows: coloured tiles that follow from the request, and a caption that says SIMULATED.
///
/// Equal values give equal bytes. The steps that were really done are part of the value, because a picture that was
/// interrupted differs from a finished one.
struct Placeholder: Sendable, Equatable {
    /// Pixels.
    var width: Int
    /// Pixels.
    var height: Int
    var prompt: String
    var seed: Int128
    /// The seed that it leans towards, if any.
    var variation: Int128?
    var stepsDone: Int
    var stepsAsked: Int
    /// The infotext, or `nil` for a picture without one.
    var parameters: String?

    private static let colors = 64
    private static let tiles = 12
    /// The last two entries of the palette: the caption and the band it stands on.
    private static let ink = UInt8(colors)
    private static let paper = UInt8(colors + 1)

    /// The file.
    func png() -> [UInt8] {
        var generator = SplitMix64(seed: digest)
        var file = PNG.signature
        file += PNG.chunk("IHDR", PNG.bigEndian(width) + PNG.bigEndian(height) + [8, 3, 0, 0, 0])
        if let parameters { file += PNG.text("parameters", parameters) }
        file += PNG.chunk("PLTE", palette(&generator))
        file += PNG.chunk("IDAT", pixels(&generator))
        file += PNG.chunk("IEND", [])
        return file
    }

    /// The same as grey blocks without a caption, for a server whose `samples_format` is jpg.
    func jpeg() -> [UInt8] {
        var generator = SplitMix64(seed: digest)
        let levels = (0..<Self.tiles * Self.tiles).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let (columns, rows) = (max(1, (width + 7) / 8), max(1, (height + 7) / 8))
        return GrayJPEG.encode(width: width, height: height, comment: "SIMULATED\n" + (parameters ?? "")) {
            column,
            row in
            levels[row * Self.tiles / rows * Self.tiles + column * Self.tiles / columns]
        }
    }

    /// FNV-1a over everything the pixels depend on.
    private var digest: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let variation = variation.map { "/\($0)" } ?? ""
        for byte in "\(prompt)\u{0}\(seed)\(variation) \(width)x\(height) \(stepsDone)/\(stepsAsked)".utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        return hash
    }

    private func palette(_ generator: inout SplitMix64) -> [UInt8] {
        var colors: [UInt8] = []
        for _ in 0..<Self.colors {
            let bits = generator.next()
            colors += [UInt8(bits & 0xFF), UInt8(bits >> 8 & 0xFF), UInt8(bits >> 16 & 0xFF)]
        }
        return colors + [255, 255, 255, 0, 0, 0]
    }

    /// Rows change only at the edges of tiles and of the caption's dots; all others are "as above" (PNG filter 2).
    private func pixels(_ generator: inout SplitMix64) -> [UInt8] {
        let caption = Caption(
            lines: ["SIMULATED", "SEED \(seed)", "STEP \(stepsDone)/\(stepsAsked)"],
            width: width,
            height: height
        )
        var tiles: [[UInt8]] = []
        for _ in 0..<Self.tiles {
            tiles.append((0..<Self.tiles).map { _ in UInt8(generator.next() % UInt64(Self.colors)) })
        }
        var deflater = RunDeflater()
        var above = [UInt8](repeating: 0, count: width)
        var drawn: RowKey?
        for y in 0..<height {
            let key = RowKey(tile: y * Self.tiles / max(height, 1), caption: caption.row(at: y))
            deflater.append(2, count: 1)
            if key == drawn {
                deflater.append(0, count: width)
                continue
            }
            drawn = key
            let row = row(tiles[key.tile], caption: caption, dots: key.caption)
            var run = (value: UInt8(0), count: 0)
            for x in 0..<width {
                let difference = row[x] &- above[x]
                if difference == run.value {
                    run.count += 1
                } else {
                    deflater.append(run.value, count: run.count)
                    run = (difference, 1)
                }
            }
            deflater.append(run.value, count: run.count)
            above = row
        }
        return deflater.finish()
    }

    private struct RowKey: Equatable {
        let tile: Int
        let caption: Caption.Row
    }

    private func row(_ tiles: [UInt8], caption: Caption, dots: Caption.Row) -> [UInt8] {
        var row: [UInt8] = []
        row.reserveCapacity(width)
        for tile in 0..<Self.tiles {
            let end = (tile + 1) * width / Self.tiles
            row.append(contentsOf: repeatElement(tiles[tile], count: end - row.count))
        }
        if case .outside = dots { return row }
        return caption.dots(in: dots, width: width).map { $0 ? Self.ink : Self.paper }
    }
}
