/// The recorded lists, parsed once.
enum RecordedData {
    static let samplers = parse(RecordedLists.samplers)
    static let schedulers = parse(RecordedLists.schedulers)
    static let upscalers = parse(RecordedLists.upscalers)
    static let latentUpscaleModes = parse(RecordedLists.latentUpscaleModes)
    static let scripts = parse(RecordedLists.scripts)
    static let memory = parse(RecordedLists.memory)
    static let options = parse(RecordedOptions.options)
    static let optionsOfExtensions = parse(RecordedOptions.ofExtensions)
    static let commandFlags = parse(RecordedCommandFlags.commandFlags)

    private static func parse(_ text: String) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONParser.parse(Array(text.utf8))
        } catch {
            preconditionFailure("a recorded list is no JSON: \(error.message) at \(error.offset)")
        }
    }
}
