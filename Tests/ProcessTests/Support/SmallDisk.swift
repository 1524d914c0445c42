import Foundation
import ProcessSupport

/// A small file system that only processes started by ``entry`` see, so that it can be filled and made read-only.
struct SmallDisk: Sendable {
    let folder: String
    /// Begins a command that is to see it.
    let entry: [String]
    private let box: Sandbox

    /// Mounts it in a namespace that goes with the test's processes.
    ///
    /// - Throws: where neither root nor user namespaces are to be had: the test can't be made there, and must not pass.
    static func mount(megabytes: Int, in box: Sandbox) async throws -> SmallDisk {
        let folder = box.file("disk")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let script = "mount -t tmpfs -o size=\(megabytes)m none '\(folder)' && echo mounted && exec sleep 600"
        let keeper = try box.tool(["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", script])
        let isMounted = try await eventually("a file system is mounted") {
            keeper.standardOutput.contains("mounted") ? true : keeper.isRunning ? nil : false
        }
        guard isMounted else {
            throw Timeout(description: "This test needs root or user namespaces: unshare says \(keeper.standardErrors)")
        }
        let target = ["--target", "\(keeper.processID)", "--user", "--mount", "--preserve-credentials", "--"]
        return SmallDisk(folder: folder, entry: ["/usr/bin/nsenter"] + target, box: box)
    }

    func file(_ name: String) -> String { folder + "/" + name }

    /// Takes all the room that is left.
    func fill() async throws { try await shell("cat /dev/zero > '\(file("filler"))' 2>/dev/null || true") }

    /// Gives it back.
    func free() async throws { try await shell("rm '\(file("filler"))'") }

    /// Makes what stands at a path read-only for whoever opens it from now on.
    func protect(_ path: String) async throws {
        try await shell("mount --bind '\(path)' '\(path)' && mount -o remount,bind,ro '\(path)'")
    }

    func unprotect(_ path: String) async throws { try await shell("umount '\(path)'") }

    /// Copies the database, which nobody uses, to where the test can read it.
    func copyDatabase() async throws -> DatabaseProbe {
        let copy = box.file("copy.db")
        try await shell("cp '\(file("queue.db"))' '\(copy)'")
        return DatabaseProbe(path: copy)
    }

    /// The bytes of a file.
    func contents(_ name: String) async throws -> Data {
        try await shell("cp '\(file(name))' '\(box.file("contents"))'")
        return try Data(contentsOf: URL(filePath: box.file("contents")))
    }

    private func shell(_ script: String) async throws {
        let finished = try await box.tool(entry + ["/bin/sh", "-c", script]).finish()
        guard finished.status == 0 else { throw Timeout(description: "\(script): \(finished.errors)") }
    }
}
