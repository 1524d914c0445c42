internal import Foundation

/// The text of an error answer, out of any of Forge's four shapes (FORGE.md, section 2), and of A1111's.
struct ErrorBody: Sendable, Equatable {
    /// The exception's class, such as `OutOfMemoryError`.
    var className: String?
    /// What it says, fit for people; empty where it says nothing.
    var text: String

    init(_ body: Data) {
        guard let fields = try? JSONDecoder().decode(Fields.self, from: body) else {
            // A proxy's page says nothing that its status does not say.
            let isPage = body.prefix(512).contains(UInt8(ascii: "<"))
            text = isPage ? "" : MessageText.clean(String(decoding: body.prefix(2048), as: UTF8.self))
            return
        }
        className = fields.error.map { MessageText.clean($0, limit: 60) }
        let candidates = [fields.message, fields.errors?.text, fields.detail?.text]
        text = MessageText.clean(candidates.lazy.compactMap(\.self).first { !$0.isEmpty } ?? "")
    }

    /// The failure that an answer of 200 tells of, where a picture should be; `nil` where it is none of Forge's shapes.
    init?(insteadOfPicture body: Data) {
        guard (try? JSONDecoder().decode(Fields.self, from: body)) != nil else { return nil }
        self.init(body)
        guard !remark.isEmpty else { return nil }
    }

    /// The class and the text, as one remark.
    var remark: String {
        switch (className, text.isEmpty) {
        case (let name?, false) where !name.isEmpty: "\(name): \(text)"
        case (let name?, true): name
        default: text
        }
    }

    private struct Fields: Decodable {
        var error: String?
        var message: String?
        var errors: Detail?
        var detail: Detail?

        private enum Key: String, CodingKey {
            case error, message, errors, detail
        }

        init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: Key.self)
            error = fields.lenient(String.self, .error)
            message = fields.lenient(String.self, .message)
            errors = fields.lenient(Detail.self, .errors)
            detail = fields.lenient(Detail.self, .detail)
        }
    }

    /// A text, or a list of complaints about fields. Their `input` is left alone: it echoes what was sent.
    private enum Detail: Decodable {
        case text(String)
        case complaints([Complaint])

        struct Complaint: Decodable {
            var place: [Place]?
            var message: String?

            private enum CodingKeys: String, CodingKey {
                case place = "loc"
                case message = "msg"
            }
        }

        enum Place: Decodable {
            case name(String)
            case index(Int)

            init(from decoder: any Decoder) throws {
                let container = try decoder.singleValueContainer()
                if let index = try? container.decode(Int.self) {
                    self = .index(index)
                } else {
                    self = .name(try container.decode(String.self))
                }
            }

            var text: String {
                switch self {
                case .name(let name): name
                case .index(let index): "\(index)"
                }
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .complaints(try container.decode([Complaint].self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .complaints(let complaints):
                complaints.prefix(5).map { complaint in
                    let place = (complaint.place ?? []).dropFirst().map(\.text).joined(separator: ".")
                    let message = complaint.message ?? "refused"
                    return place.isEmpty ? message : "\(place): \(message)"
                }.joined(separator: "; ")
            }
        }
    }
}
