/// Why the textual form of a fault could not be read.
public struct FaultSyntaxError: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public let description: String
}

extension Fault {
    /// Reads the textual form that the command line takes.
    ///
    ///     fault    = effect [ "@" endpoint ] *( "*" times | "+" after | "%" percent | "#" seed )
    ///     effect   = name [ "=" value ]
    ///     endpoint = "any" | "generation" | word | "/" path
    ///
    /// Without an endpoint every request is meant. `times` is how many requests it meets (for ever without),
    /// `after` how many pass before, `percent` how many of a hundred it meets (1 to 100), `seed` where the dice start.
    ///
    /// | effect | value |
    /// |---|---|
    /// | `refuse`, `startup`, `restart`, `delay` | a duration: `250ms`, `2s`, `1.5s` |
    /// | `reset`, `hang`, `drop`, `drop-in-head`, `drop-in-body` | none |
    /// | `garbage`, `html`, `no-pictures`, `not-found`, `out-of-memory` | none |
    /// | `detail` | `status:text`: `{"detail": text}` |
    /// | `validation` | the message of a 422 |
    /// | `error` | `[status:]ClassName:message`: the four-key object, 500 by default |
    ///
    /// For example `hang@txt2img*2`, `delay=3s@progress%10#7`, `error=ValueError:no such thing@generation*1+2`.
    /// - Parameter argument: the text.
    /// - Throws: ``FaultSyntaxError`` with the allowed words.
    public init(argument: String) throws(FaultSyntaxError) {
        var effect = Substring(argument)
        var rest: Substring = ""
        if let at = argument.lastIndex(of: "@") {
            effect = argument[..<at]
            rest = argument[argument.index(after: at)...]
        } else if let mark = argument.lastIndex(where: { "*+%#".contains($0) }),
            argument[argument.index(after: mark)...].allSatisfy(\.isNumber), !argument.contains("=")
        {
            // Numbers may follow an effect directly, unless its value could hold those signs itself.
            let start = argument.firstIndex { "*+%#".contains($0) } ?? mark
            effect = argument[..<start]
            rest = "any" + argument[start...]
        }
        self.init(try Effect(argument: effect))
        guard !rest.isEmpty else { return }
        let end = rest.firstIndex { "*+%#".contains($0) } ?? rest.endIndex
        endpoint = try Endpoint(argument: rest[..<end])
        var tail = rest[end...]
        while let mark = tail.first {
            tail = tail.dropFirst()
            let digits = tail.prefix { !"*+%#".contains($0) }
            tail = tail.dropFirst(digits.count)
            guard let number = UInt64(digits) else {
                throw FaultSyntaxError(
                    description: "“\(mark)\(digits)” in “\(argument)” wants a whole number after \(mark)"
                )
            }
            guard mark != "%" || (1...100).contains(number), mark != "*" || number > 0 else {
                throw FaultSyntaxError(
                    description:
                        "“\(mark)\(digits)” in “\(argument)” would be \(mark == "%" ? "no share of a hundred" : "never")"
                )
            }
            switch mark {
            case "*": times = Int(clamping: number)
            case "+": after = Int(clamping: number)
            case "%": probability = Double(number) / 100
            default: seed = number
            }
        }
    }
}

extension Fault.Endpoint {
    fileprivate init(argument: Substring) throws(FaultSyntaxError) {
        let word = String(argument)
        if word == "any" {
            self = .any
        } else if word == "generation" {
            self = .generation
        } else if word.hasPrefix("/") {
            self = .path(word)
        } else if let path = Self.words[word] {
            self = .path(path)
        } else {
            let known = (["any", "generation"] + Self.words.keys.sorted()).joined(separator: ", ")
            throw FaultSyntaxError(
                description: "no endpoint “\(word)”; one of \(known), or a path that begins with /"
            )
        }
    }
}

extension Fault.Effect: CustomStringConvertible {
    private static let plain: [(name: String, effect: Fault.Effect)] = [
        ("reset", .reset), ("hang", .hang), ("drop", .dropBeforeHead), ("drop-in-head", .dropInHead),
        ("drop-in-body", .dropInBody), ("garbage", .garbage), ("html", .webPage), ("no-pictures", .noPictures),
        ("not-found", .notFound), ("out-of-memory", .outOfMemory),
    ]
    private static let valued = ["refuse", "startup", "restart", "delay", "detail", "validation", "error"]

    /// The names of all effects, as the textual form takes them.
    public static var names: [String] { plain.map(\.name) + valued }

    /// The textual form.
    public var description: String {
        if let name = Self.plain.first(where: { $0.effect == self })?.name { return name }
        return switch kind {
        case .refuse(let duration): "refuse=\(Self.text(duration))"
        case .startUp(let duration): "startup=\(Self.text(duration))"
        case .restart(let duration): "restart=\(Self.text(duration))"
        case .delay(let duration): "delay=\(Self.text(duration))"
        case .detail(let status, let text): "detail=\(status):\(text)"
        case .validation(let message): "validation=\(message)"
        case .exception(let status, let name, let message): "error=\(status):\(name):\(message)"
        default: "unnamed"
        }
    }

    private static func text(_ duration: Duration) -> String { "\(Int((duration / .milliseconds(1)).rounded()))ms" }

    fileprivate init(argument: Substring) throws(FaultSyntaxError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = parts.first.map(String.init) ?? ""
        let value = parts.count > 1 ? String(parts[1]) : nil
        if let effect = Self.plain.first(where: { $0.name == name })?.effect {
            guard value == nil else { throw FaultSyntaxError(description: "“\(name)” takes no value") }
            self = effect
            return
        }
        guard Self.valued.contains(name) else {
            let known = Self.names.joined(separator: ", ")
            throw FaultSyntaxError(description: "no fault “\(name)”; one of \(known)")
        }
        guard let value, !value.isEmpty else {
            throw FaultSyntaxError(description: "“\(name)” wants a value: \(name)=…")
        }
        switch name {
        case "refuse": self = .refuseConnections(for: try Self.duration(value))
        case "startup": self = .startUp(try Self.duration(value))
        case "restart": self = .restart(downtime: try Self.duration(value))
        case "delay": self = .delay(try Self.duration(value))
        case "validation": self = .validation(value)
        case "detail":
            let parts = value.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, let status = Int(parts[0]), (200...599).contains(status) else {
                throw FaultSyntaxError(description: "“detail” wants status:text, for example detail=503:busy")
            }
            self = .detail(status: status, String(parts[1]))
        default:
            var parts = value.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
            var status = 500
            if let number = Int(parts[0]), (200...599).contains(number), parts.count > 1 {
                status = number
                parts.removeFirst()
            }
            self = .exception(status: status, parts[0], parts.dropFirst().joined(separator: ":"))
        }
    }

    private static func duration(_ text: String) throws(FaultSyntaxError) -> Duration {
        // A day is more than any test waits, and far less than what a Duration holds.
        let day = 0...86_400.0
        if text.hasSuffix("ms"), let number = Double(text.dropLast(2)), day.contains(number / 1_000) {
            return .milliseconds(number)
        }
        if text.hasSuffix("s"), let number = Double(text.dropLast()), day.contains(number) { return .seconds(number) }
        throw FaultSyntaxError(description: "“\(text)” is no duration up to a day; for example 250ms, 2s or 1.5s")
    }
}
