import ImageQueueCore
import Testing

@testable import ForgeClient

@Suite(.timeLimit(.minutes(1)))
struct ForgeAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("HTTP://LocalHost:7860/", "http://localhost:7860"),
        ("https://Example.org", "https://example.org:443"),
        ("http://example.org", "http://example.org:80"),
        ("http://example.org:80/Forge/a//", "http://example.org:80/Forge/a"),
        ("  http://h:1\n", "http://h:1"),
        ("http://[::1]:7860/", "http://[::1]:7860"),
    ])
    func `A URL has one normal form`(given: String, normal: String) throws {
        #expect(try ForgeConfiguration(baseURL: given).backend.rawValue == normal)
    }

    @Test(arguments: [
        "", "127.0.0.1:7860", "localhost:7860", "ftp://h", "http://", "http:///x", "http://h h", "http://h:0",
        "http://h:99999", "http://h?x=1", "http://h#x", "file:///etc/passwd",
    ])
    func `What is no base URL is refused`(given: String) throws {
        let error = #expect(throws: QueueError.self) { try ForgeConfiguration(baseURL: given) }
        #expect(error?.code == .invalidRequest)
    }

    @Test(arguments: ["http://user:secret@h:1", "user:secret@h", "http://secret@h"])
    func `A password inside is refused and not repeated`(given: String) throws {
        let error = try #require(throws: QueueError.self) { try ForgeConfiguration(baseURL: given) }
        #expect(error.message.contains("credentials"))
        #expect(!"\(error)".contains("secret"))
    }

    @Test func `Printing a configuration shows no password`() {
        var configuration = ForgeConfiguration()
        configuration.credentials = .init(user: "anna", password: "s3cret")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("s3cret") && !text.contains("anna"))
        }
        #expect(configuration.credentials?.header == "Basic YW5uYTpzM2NyZXQ=")
    }
}
