/// Reads the text that Forge writes into pictures, as its png-info does.
enum Infotext {
    /// The values that Forge fills in where the text has none (recordings/08-img2img-extras/png-info).
    private static let defaults: JSONObject = [
        "Clip skip": "1", "Hires resize-1": 0, "Hires resize-2": 0, "Hires sampler": "Use same sampler",
        "Hires schedule type": "Use same scheduler", "Hires checkpoint": "Use same checkpoint", "Hires prompt": "",
        "Hires negative prompt": "", "Mask mode": "Inpaint masked", "Masked content": "original",
        "Inpaint area": "Whole picture", "Masked area padding": 32, "RNG": "GPU", "Schedule max sigma": 0,
        "Schedule min sigma": 0, "Schedule rho": 0, "VAE Encoder": "Full", "VAE Decoder": "Full",
        "FP8 weight": "Disable", "Refiner switch by sampling steps": false, "Hires VAE/TE": ["Use same choices"],
    ]

    static func parse(_ text: String) -> JSONObject {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var object: JSONObject = [:]
        if let last = lines.last, last.hasPrefix("Steps: ") {
            lines.removeLast()
            for pair in last.split(separator: ", ") {
                let parts = pair.split(separator: ": ", maxSplits: 1)
                guard parts.count == 2 else { continue }
                let (key, value) = (String(parts[0]), String(parts[1]))
                let size = value.split(separator: "x")
                if key == "Size", size.count == 2 {
                    object["Size-1"] = .string(String(size[0]))
                    object["Size-2"] = .string(String(size[1]))
                } else if key != "Model" {
                    object[key] = .string(value)
                }
            }
        }
        let negative = lines.firstIndex { $0.hasPrefix("Negative prompt: ") } ?? lines.endIndex
        object["Prompt"] = .string(lines[..<negative].joined(separator: "\n"))
        let rest = lines[negative...].joined(separator: "\n")
        object["Negative prompt"] = .string(String(rest.dropFirst("Negative prompt: ".count)))
        for member in defaults.members where object[member.key] == nil { object[member.key] = member.value }
        return object
    }
}
