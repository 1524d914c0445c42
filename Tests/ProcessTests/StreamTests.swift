import Foundation
import ProcessSupport
import Testing

extension ProcessTests {
    @Suite struct StreamTests {
        @Test("A path means what the kernel takes it for: a link is followed before the .. behind it, and ~ is a name")
        func paths() async throws {
            try await Sandbox.with { box in
                let files = FileManager.default
                for folder in ["a/b", "~"] {
                    try files.createDirectory(atPath: box.file(folder), withIntermediateDirectories: true)
                }
                try files.createSymbolicLink(atPath: box.file("link"), withDestinationPath: "a/b")
                let places = [
                    (box.file("link/../one.db"), "a/one.db"), ("link/../two.db", "a/two.db"),
                    ("~/three.db", "~/three.db"),
                ]
                for (path, wanted) in places {
                    let finished = try await box.run("submit", "--detach", "--database", path, "kedi")
                    #expect(finished.status == 0, "\(finished.errors)")
                    #expect(files.fileExists(atPath: box.file(wanted)), "\(path)")
                }
            }
        }

        @Test("Output into a pipe whose maker waits for nothing is whole, however late it is read")
        func nonBlocking() async throws {
            try await Sandbox.with { box in
                for _ in 0..<3 { _ = try await box.object("submit", "--detach", "--json", "kedi") }
                let pipe = Pipe()
                let end = pipe.fileHandleForWriting.fileDescriptor
                #expect(fcntl(end, F_SETFL, O_NONBLOCK) == 0)
                // Nearly full: a part of the next lines finds room.
                let filler = [UInt8](repeating: UInt8(ascii: "."), count: 4_096)
                var filled = 0
                while case let count = write(end, filler, filler.count), count > 0 { filled += count }
                let list = Process()
                list.executableURL = Launch.executable
                list.arguments = ["list", "--json"]
                list.environment = box.environment
                list.currentDirectoryURL = box.folder
                list.standardOutput = pipe
                try list.run()
                try pipe.fileHandleForWriting.close()
                // Not read before it has met the full pipe: it would end in a fraction of this.
                for _ in 0..<100 where list.isRunning { try await Task.sleep(for: .milliseconds(10)) }
                #expect(list.isRunning, "it gave up")
                var read = Data()
                while let part = try pipe.fileHandleForReading.read(upToCount: 1_000), !part.isEmpty { read += part }
                list.waitUntilExit()
                #expect(list.terminationStatus == 0)
                let lines = read.dropFirst(filled).split(separator: UInt8(ascii: "\n"))
                #expect(lines.count == 3)
                for line in lines { _ = try JSONObject(String(decoding: line, as: UTF8.self)) }
            }
        }
    }
}
