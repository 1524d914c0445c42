internal import ArgumentParser
internal import ImageQueueCore

/// A picture to draw over.
struct InitImageOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Draw over this picture: a PNG, JPEG or WebP.", valueName: "file"))
    var initImage: String?

    @Option(parsing: .unconditional, help: "How much of it may change, 0 (nothing) to 1; by default 0.75.")
    var strength: Double?

    @Option(help: ArgumentHelp("How it is brought to another size; by default stretch.", valueName: "way"))
    var fit: ImageFit?

    @Option(
        help: ArgumentHelp(
            "Draw only where this picture is white; it has the size of the init image.",
            valueName: "file"
        )
    )
    var mask: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How far the mask's edges are softened, 0 to 64; by default 4.", valueName: "pixels")
    )
    var maskBlur: Int?

    @Option(help: ArgumentHelp("What drawing starts from there; by default original.", valueName: "fill"))
    var maskFill: ImageMask.Fill?

    @Flag(help: "Draw where the mask is black instead.")
    var maskInvert = false

    @Flag(help: "Draw the masked part alone at the full size, for more detail.")
    var maskOnly = false

    func validate() throws {
        if initImage == nil, strength != nil || fit != nil || mask != nil {
            throw ValidationError("--strength, --fit and --mask are for drawing over a picture: give --init-image.")
        }
        if mask == nil, maskBlur != nil || maskFill != nil || maskInvert || maskOnly {
            throw ValidationError("--mask-blur, --mask-fill, --mask-invert and --mask-only need --mask.")
        }
    }

    /// The picture, if there is one.
    func imageFile() throws -> InputFile? { try initImage.map { try PictureArgument.read($0, field: "--init-image") } }

    /// The mask, if there is one.
    func maskFile() throws -> InputFile? { try mask.map { try PictureArgument.read($0, field: "--mask") } }

    /// The request that draws over the picture.
    func request(_ drawing: TextToImageRequest, image: InputImage, mask: InputImage?) -> ImageToImageRequest {
        var request = ImageToImageRequest(drawing: drawing, image: image)
        request.denoisingStrength = strength ?? request.denoisingStrength
        request.fit = fit ?? request.fit
        request.mask = mask.map { image in
            var mask = ImageMask(image)
            mask.blur = maskBlur ?? mask.blur
            mask.fill = maskFill ?? mask.fill
            mask.isInverted = maskInvert
            mask.drawsMaskedPartOnly = maskOnly
            return mask
        }
        return request
    }
}
