import ImageQueueCore
import Testing

@Suite("Image URL templates", .timeLimit(.minutes(1)))
struct ImageURLTemplateTests {
    @Test(
        "put the path where {path} stands",
        arguments: [
            ("/images/{path}", "/images/2026/11/24/a.png"),
            ("https://cdn.example/{path}?v=1", "https://cdn.example/2026/11/24/a.png?v=1"),
            ("{path}", "2026/11/24/a.png"),
            ("/{path}{path}?of={path}", "/2026/11/24/a.png2026/11/24/a.png?of=2026/11/24/a.png"),
        ]
    )
    func url(text: String, url: String) throws {
        #expect(try ImageURLTemplate(text).url(forPath: "2026/11/24/a.png") == url)
    }

    @Test("must hold {path}", arguments: ["", "/images/", "/images/{PATH}", "/images/{ path }"])
    func refusal(text: String) throws {
        let error = try #require(throws: QueueError.self) { try ImageURLTemplate(text) }
        #expect(error.code == .invalidRequest)
        #expect(error.message.contains("{path}"))
    }

    @Test("are below /images where nothing else is said")
    func standard() {
        #expect(ImageURLTemplate.standard.url(forPath: "a.png") == "/images/a.png")
    }
}
