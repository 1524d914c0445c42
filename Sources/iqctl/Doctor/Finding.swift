internal import ForgeClient
internal import ImageQueueCore
internal import ImageQueueStore

/// Something that `doctor` looked at.
struct Finding: Encodable, Sendable {
    /// What was looked at: `database`, `messages`, `queue`, `images`, `doorbell` or `forge`.
    var check: String
    /// Whether it is as it should be.
    var ok: Bool
    /// What was found, and for a problem what to mend.
    var message: String

    /// A check that found things as they should be.
    static func ok(_ check: String, _ message: String) -> Finding { Finding(check: check, ok: true, message: message) }

    /// A check that found a problem.
    static func problem(_ check: String, _ message: String) -> Finding {
        Finding(check: check, ok: false, message: message)
    }

    /// A check that an error ended.
    static func problem(_ check: String, _ error: any Error) -> Finding {
        problem(check, CommandFailure(error).message ?? "\(error)")
    }

    /// Something that is made when it is first needed.
    static func yetToMake(_ check: String, at path: String, _ what: String, by maker: String) -> Finding {
        guard let obstacle = YetToMake.obstacle(at: path) else { return .ok(check, "\(what); \(maker) makes it") }
        return .problem(check, "\(what), and \(maker) can't make it: \(obstacle) can't be written.")
    }

    /// The same of a database, with the version of SQLite, which decides what may be done beside it.
    func telling(sqlite version: String) -> Finding {
        var finding = self
        if check == "database" { finding.message += ok ? "; SQLite \(version)" : " (SQLite \(version))" }
        return finding
    }

    /// As a line for people.
    var line: String { "\(ok ? "ok     " : "problem")  \(check)  \(message)" }

    /// What a database that could be opened tells.
    static func all(of inspection: StoreInspection, at path: String) -> [Finding] {
        var findings: [Finding] = []
        if !inspection.damage.isEmpty {
            findings.append(
                .problem(
                    "database",
                    "\(path) is damaged: \(inspection.damage.joined(separator: "; ")). Stop all that use it, and put back "
                        + "a copy, or save what can be read with `sqlite3 \(path) .recover`."
                )
            )
        } else if inspection.journalMode != "wal" {
            findings.append(
                .problem(
                    "database",
                    "\(path) has the journal mode \(inspection.journalMode), not wal: put it on a local file system."
                )
            )
        } else {
            findings.append(.ok("database", "\(path) is sound: version \(inspection.schemaVersion), wal"))
        }
        if inspection.unreadableMessages > 0 {
            findings.append(
                .problem(
                    "messages",
                    "The metadata of \(inspection.unreadableMessages) messages can't be changed, for a newer SQLite has stored "
                        + "JSON5 there: with that, UPDATE messages SET extra_metadata = json(extra_metadata)."
                )
            )
        }
        findings.append(
            inspection.hearsDoorbell
                ? .ok("doorbell", "\(path)-bell is heard")
                : .problem(
                    "doorbell",
                    "The kernel does not tell of \(path)-bell, so that it is looked at ten times a second: raise "
                        + "fs.inotify.max_user_instances."
                )
        )
        return findings
    }

    /// What a Forge tells.
    init(of forge: ForgeInspection) {
        check = "forge"
        ok = forge.failure == nil
        guard forge.failure == nil else {
            message = forge.failure?.message ?? ""
            return
        }
        let parts = [
            "\(forge.backend) is \(forge.isDrawing ? "drawing" : "ready")",
            forge.version.map { "version \($0)" } ?? "version unknown",
            "models: \(forge.models?.joined(separator: ", ") ?? "unknown")",
            forge.hasTaskIDs == false ? "without task ids (--nowebui): a shared one is never interrupted" : nil,
        ]
        message = parts.compactMap(\.self).joined(separator: "; ")
    }

    private init(check: String, ok: Bool, message: String) {
        self.check = check
        self.ok = ok
        self.message = message
    }
}
