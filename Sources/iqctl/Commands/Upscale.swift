internal import ArgumentParser
internal import Foundation
internal import ImageQueueCore

/// `iqctl upscale`
struct Upscale: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upscale",
        abstract: "Make a picture larger, and wait for the result.",
        discussion: """
            What is given is a job's id, if it reads as one: then its stored picture is enlarged, and the result is that \
            picture's child. Anything else is the path of a PNG, JPEG or WebP; for a file whose name reads as an id \
            write ./ before it. It waits and prints as `iqctl submit` does.

            \(ExitStatus.help)
            """
    )

    private static let placeholder = InputImage(sha256: "", format: .png, width: 1, height: 1, byteCount: 1)
    private static let usual = UpscaleRequest(image: placeholder)

    @Argument(help: ArgumentHelp("The picture: a path, or the id of the job that made it.", valueName: "image-or-job"))
    var source: String

    @Option(parsing: .unconditional, help: "With a job: which of its pictures, from 1; by default the first.")
    var picture: Int?

    @Option(parsing: .unconditional, help: "How many times longer each side gets, above 1, to 8.")
    var scale = usual.scale

    @Option(help: "What enlarges it, by the name that Forge lists.")
    var upscaler = usual.upscaler

    @Flag(help: "Fail if the result has another size or the upscaler lacks its weights, instead of a warning.")
    var strict = false

    @OptionGroup var options: SubmitOptions

    private var job: JobID? { JobID(source) }

    func validate() throws {
        if let picture, picture < 1 { throw ValidationError("--picture counts the pictures from 1.") }
        if picture != nil && job == nil { throw ValidationError("--picture is for a job: a file is one picture.") }
    }

    func run() async throws {
        options.settle()
        var submission = try await sourceSubmission()
        if case .upscale(var request) = submission.request {
            request.scale = scale
            request.upscaler = upscaler
            request.isStrict = strict
            submission.request = .upscale(request)
        }
        options.apply(to: &submission)
        try await options.run([submission])
    }

    private func sourceSubmission() async throws -> Submission {
        guard let job else {
            let file = try PictureArgument.read(source, field: "the picture")
            var request = UpscaleRequest(image: file.image)
            request.caption = URL(filePath: source).lastPathComponent
            return Submission(request: .upscale(request), inputs: [file])
        }
        let requester: Requester = options.owner.map { .owner(Owner(rawValue: $0)) } ?? .operator
        let files = try options.store.files()
        return try await options.store.withExisting { store in
            try await ImageQueue(store: store).upscaling(
                job,
                picture: (picture ?? 1) - 1,
                keptIn: files,
                as: requester
            )
        }
    }
}
