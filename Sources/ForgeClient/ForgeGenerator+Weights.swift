internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore
internal import Logging

extension ForgeGenerator {
    /// What a second pass's upscaler was found to lack.
    struct Weights: Sendable {
        var areMissing: Bool
        var checkedAt: Duration
    }

    /// A sentence for a second pass whose upscaler lacks its weights, for which Forge resizes plainly and says nothing
    /// (FORGE.md, section 11); `nil` where all is well, or can't be known.
    ///
    /// What the list of upscalers leaves open is tried on a picture of 16 by 16 pixels, once an hour.
    ///
    /// - Throws: `GenerationError` of class `not_as_asked` for a strict request; `CancellationError`.
    func weightsRemark(for drawing: TextToImageRequest) async throws -> String? {
        guard let name = drawing.hires?.upscaler, try await lacksWeights(name) else { return nil }
        let remark = Self.lacksWeights(name)
        guard !drawing.isStrict else { throw GenerationError(.notAsAsked, message: remark) }
        return remark
    }

    static func lacksWeights(_ upscaler: String) -> String {
        "Forge lacks the weights of “\(MessageText.clean(upscaler, limit: 100))”, and only resized the picture."
    }

    private func lacksWeights(_ name: String) async throws -> Bool {
        if let known = weights.withLock({ $0[name] }), time.now - known.checkedAt < .seconds(3600) {
            return known.areMissing
        }
        do {
            let listed = try await names.names(within: configuration.nameLifetime * 2).upscalers ?? []
            guard UpscalerList(entries: listed).finding(for: name) == .weightsUnknown else { return false }
            let probe = try InputFile(Self.probe)
            var request = UpscaleRequest(image: probe.image)
            request.upscaler = name
            let task = DrawingTask(id: .nobodys, request: .upscale(request), inputs: [probe])
            let picture = try await drawOnce(CheckedTask(task: task, upscaler: .weightsUnknown)) { _ in }.image()
            let areMissing = picture.warnings.contains(Self.lacksWeights(name))
            weights.withLock { known in
                // Names come from requests; those of a Forge are few.
                if known.count >= 100 { known = [:] }
                known[name] = Weights(areMissing: areMissing, checkedAt: time.now)
            }
            return areMissing
        } catch let error as GenerationError {
            logger.info("Forge's weights were not checked", metadata: ["error.code": "\(error.failureClass)"])
            return false
        }
    }

    /// Noise, in grey: any upscaler with weights makes something else of it than a plain one does.
    private static let probe =
        Data(
            base64Encoded: """
                iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAAAAAA6mKC9AAABG0lEQVR42gEQAe/+AKVNyhglMLsdbRMs3tYjey4A2R4/ch/LGXEX\
                RJTWSTydXAA0YL4xIB5p/tqg7ui5mX9cAHwpmf2v5ZMlPNZUr0361xQAJ6Cus/7pIy+K8iEfnuSRxQCxC+y1Vjv8Hm+TQn7LyP4p\
                AFXlzY5G3I7Ut8J2TSpaTXYAdwb4XYaQAkrWvaNAG+nIywDMyTX2zR9hImrhUziuGjQAAE0zug0kasBMgbG68j47+e4A9fefK0k0\
                r4f1UgtpuUsNmAAuhbtVtnKocmN6zXRm/LYOAA6P8YRjsOSyuilwNHTwZKwAaPcA9bArPcZm9FveqizK7QDNK1FXQQ5N7krys09D\
                Cgc0AEfeY2wOgGyVe6aE1kMfteonmn+DTVza9AAAAABJRU5ErkJggg==
                """
        ) ?? Data()
}
