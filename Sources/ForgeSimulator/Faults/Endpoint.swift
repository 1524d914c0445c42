extension Fault {
    /// Which requests a fault meets.
    public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
        enum Kind: Sendable, Hashable {
            case any
            case generation
            case path(String)
        }

        let kind: Kind

        /// Every request.
        public static let any = Self(kind: .any)
        /// `txt2img` and `img2img`.
        public static let generation = Self(kind: .generation)
        /// `POST /sdapi/v1/txt2img`.
        public static let txt2img = Self(kind: .path("/sdapi/v1/txt2img"))
        /// `POST /sdapi/v1/img2img`.
        public static let img2img = Self(kind: .path("/sdapi/v1/img2img"))
        /// `POST /sdapi/v1/extra-single-image`.
        public static let extras = Self(kind: .path("/sdapi/v1/extra-single-image"))
        /// `GET /sdapi/v1/progress`.
        public static let progress = Self(kind: .path("/sdapi/v1/progress"))
        /// `POST /internal/progress`.
        public static let taskProgress = Self(kind: .path("/internal/progress"))
        /// `POST /sdapi/v1/interrupt`.
        public static let interrupt = Self(kind: .path("/sdapi/v1/interrupt"))
        /// The requests for one path, without a query.
        public static func path(_ path: String) -> Self { Self(kind: .path(path)) }

        /// The word of the textual form, or the path.
        public var description: String {
            switch kind {
            case .any: "any"
            case .generation: "generation"
            case .path(let path): Self.words.first { $0.value == path }?.key ?? path
            }
        }

        /// Short words for paths in the textual form.
        static let words: [String: String] = {
            var words = ["internal-progress": "/internal/progress", "extras": "/sdapi/v1/extra-single-image"]
            for name in ["pending-tasks", "ping"] { words[name] = "/internal/\(name)" }
            for name in [
                "txt2img", "img2img", "progress", "interrupt", "skip", "options", "samplers", "schedulers",
                "upscalers", "sd-models", "memory", "refresh-checkpoints", "unload-checkpoint", "png-info",
            ] {
                words[name] = "/sdapi/v1/\(name)"
            }
            return words
        }()

        func matches(_ path: String) -> Bool {
            switch kind {
            case .any: true
            case .generation: Self.txt2img.matches(path) || Self.img2img.matches(path)
            case .path(let own): own == path
            }
        }
    }
}
