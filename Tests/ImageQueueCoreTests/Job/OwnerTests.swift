import ImageQueueCore
import Testing

@Suite("Names are compared as a database does", .timeLimit(.minutes(1)))
struct OwnerTests {
    @Test("Two spellings of one letter are two owners, and two conversations")
    func spellings() {
        let (one, two) = ("ay\u{015F}e", "ays\u{0327}e")
        #expect(one == two, "to Swift they are the same text")
        #expect(Owner(rawValue: one) != Owner(rawValue: two))
        #expect(ConversationID(rawValue: one) != ConversationID(rawValue: two))
        #expect(!Requester.owner(Owner(rawValue: one)).mayTouch(Owner(rawValue: two)))
        #expect(Set([one, two, one].map(Owner.init(rawValue:))).count == 2)
        #expect(Set([one, two, one].map(ConversationID.init(rawValue:))).count == 2)
        #expect(Requester.owner(Owner(rawValue: one)).mayTouch(Owner(rawValue: String(one.unicodeScalars))))
    }
}
