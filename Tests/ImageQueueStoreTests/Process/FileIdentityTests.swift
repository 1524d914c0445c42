import Foundation
import Testing

@testable import ImageQueueStore

@Suite("Which file a path stands for", .timeLimit(.minutes(1)))
struct FileIdentityTests {
    @Test("is the same by name and by descriptor, another for another file, and none for none")
    func identity() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a")
        #expect(try FileIdentity.of(path) == nil)
        try Data().write(to: URL(fileURLWithPath: path))
        let first = try #require(try FileIdentity.of(path))
        #expect(try first == FileIdentity(#require(try fileStatus(path))))
        try Data().write(to: URL(fileURLWithPath: directory.file("b")))
        #expect(try FileIdentity.of(directory.file("b")) != first)
        try FileManager.default.moveItem(atPath: path, toPath: directory.file("c"))
        #expect(try FileIdentity.of(directory.file("c")) == first)
        #expect(throws: SystemError.self) { try FileIdentity.of(directory.file("c") + "/d") }
    }
}
