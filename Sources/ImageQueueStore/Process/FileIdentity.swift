internal import CSystemShims

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// Which file a name or a descriptor stands for.
struct FileIdentity: Hashable, Sendable {
    private let device: UInt64
    let number: UInt64

    private init(device: UInt64, number: UInt64) {
        self.device = device
        self.number = number
    }

    init(_ status: stat) {
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }

    /// What a path leads to; nil where nothing is there. For files that are written at each commit: unlike `fileStatus`
    /// it doesn't make the next sync slower.
    static func of(_ path: String) throws(SystemError) -> FileIdentity? {
        var device: UInt64 = 0
        var number: UInt64 = 0
        let code = csystem_file_identity(path, &device, &number)
        if code == 0 { return FileIdentity(device: device, number: number) }
        guard code == ENOENT else { throw SystemError(errno: code, doing: "look at", path: path) }
        return nil
    }
}
