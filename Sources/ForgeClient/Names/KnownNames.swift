internal import Foundation
internal import ImageQueueCore

/// The names that a Forge takes. A list is `nil` where it can't be had; then nothing is checked against it.
struct KnownNames: Sendable, Equatable {
    var models: [ModelEntry]?
    var samplers: [NameEntry]?
    var schedulers: [NameEntry]?
    var upscalers: [NameEntry]?
    /// How a second pass can enlarge without an upscaler.
    var latentModes: [NameEntry]?

    /// With what was known before in place of the lists that could not be had: they seldom change, and a request whose
    /// names are checked against nothing is drawn with others in silence.
    func filled(from earlier: KnownNames?) -> KnownNames {
        KnownNames(
            models: models ?? earlier?.models,
            samplers: samplers ?? earlier?.samplers,
            schedulers: schedulers ?? earlier?.schedulers,
            upscalers: upscalers ?? earlier?.upscalers,
            latentModes: latentModes ?? earlier?.latentModes
        )
    }

    /// What a request's names come to.
    struct Check: Sendable, Equatable {
        /// The request with each name as Forge writes it: Forge compares them as they are,
        /// and takes another in silence.
        var request: TextToImageRequest
        var unknown: [UnknownName] = []
    }

    func check(_ request: TextToImageRequest) -> Check {
        var check = Check(request: request)
        func settle(_ kind: UnknownName.Kind, _ asked: String, _ found: Lookup, _ keep: (inout Check, String) -> Void) {
            switch found {
            case .notChecked: break
            case .known(let name): keep(&check, name)
            case .unknown(let known): check.unknown.append(UnknownName(kind: kind, name: asked, known: known))
            }
        }
        settle(.sampler, request.sampler, sampler(request.sampler)) { $0.request.sampler = $1 }
        settle(.scheduler, request.scheduler, Self.look(request.scheduler, in: schedulers)) {
            $0.request.scheduler = $1
        }
        if let asked = request.model { settle(.model, asked, model(asked)) { $0.request.model = $1 } }
        if let asked = request.extras.refinerCheckpoint {
            settle(.model, asked, model(asked)) { $0.request.extras.refinerCheckpoint = $1 }
        }
        if let asked = request.hires?.upscaler {
            settle(.upscaler, asked, secondPassUpscaler(asked)) { $0.request.hires?.upscaler = $1 }
        }
        return check
    }

    private enum Lookup {
        case notChecked
        case known(String)
        case unknown([String])
    }

    private static func look(_ asked: String, in list: [NameEntry]?) -> Lookup {
        // A Forge with none at all has not told them.
        guard let list, !list.isEmpty else { return .notChecked }
        if let entry = list.first(where: { $0.all.contains(asked) }) { return .known(entry.name) }
        let folded = fold(asked)
        if let entry = list.first(where: { $0.all.contains { fold($0) == folded } }) { return .known(entry.name) }
        return .unknown(list.map(\.name))
    }

    /// “DPM++ 2M Karras” is the old way to name a sampler and its schedule at once.
    private func sampler(_ asked: String) -> Lookup {
        let found = Self.look(asked, in: samplers)
        guard case .unknown = found, let schedulers else { return found }
        for scheduler in schedulers {
            for ending in scheduler.all where Self.fold(asked).hasSuffix(" " + Self.fold(ending)) {
                let name = String(asked.dropLast(ending.count + 1))
                if case .known(let sampler) = Self.look(name, in: samplers) {
                    return .known("\(sampler) \(scheduler.name)")
                }
            }
        }
        return found
    }

    private func model(_ asked: String) -> Lookup {
        guard let models, !models.isEmpty else { return .notChecked }
        if models.contains(where: { $0.accepts(asked) }) { return .known(asked) }
        let name = CheckpointName(asked)
        if let entry = models.first(where: { name.names(model: $0.name, hash: $0.hash) }) { return .known(entry.title) }
        return .unknown(models.map(\.name))
    }

    private func secondPassUpscaler(_ asked: String) -> Lookup {
        guard let upscalers, let latentModes else { return .notChecked }
        return Self.look(asked, in: latentModes + upscalers)
    }

    private static func fold(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespaces).lowercased()
    }
}

/// A name in a request that its Forge does not know.
struct UnknownName: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable { case sampler, scheduler, model, upscaler }

    var kind: Kind
    var name: String
    /// Those that it knows.
    var known: [String]

    /// For people.
    var sentence: String {
        let most = 20
        let shown = known.prefix(most).map { MessageText.clean($0, limit: 60) }.joined(separator: ", ")
        let more = known.count > most ? " and \(known.count - most) more" : ""
        return
            "This Forge knows no \(kind.rawValue) “\(MessageText.clean(name, limit: 100))”; it knows \(shown)\(more)."
    }
}
