import Foundation

/// What this process keeps in memory.
enum MemoryUse {
    /// The resident set, in kB (proc(5)); 0 where the system doesn't tell.
    static func resident() -> Int {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
        else { return 0 }
        return Int(line.filter(\.isNumber)) ?? 0
    }
}
