internal import ArgumentParser
internal import ForgeClient
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore
internal import Logging

/// `iqctl doctor`
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look whether all is well: the database, the folder of the pictures, each Forge.",
        discussion: """
            It makes neither a database nor a folder. A line each, and for a problem what to mend; it ends with 1 if \
            there is any.
            """
    )

    @OptionGroup var asking: OperatorOptions
    @OptionGroup var forge: ForgeOptions
    @OptionGroup var store: StoreOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        forge.settleProxy()
        output.log.bootstrap(usual: .error)
        let requester = try asking.requester()
        // What is wrongly named is refused, not found.
        _ = try forge.generators()
        var (findings, backends) = try await lookAtDatabase(as: requester)
        findings = findings.map { $0.telling(sqlite: StoreInspection.libraryVersion) }
        findings.append(await lookAtImages())
        let generators = try forge.generators(knowing: backends)
        findings += try await ForgeRound.inspections(of: generators).map(Finding.init(of:))
        for finding in findings {
            try Console.shared.print(output.json ? JSONLine.text(finding) : TerminalText.line(finding.line))
        }
        if findings.contains(where: { !$0.ok }) { throw CommandFailure(.failed) }
    }

    private func lookAtDatabase(as requester: Requester) async throws -> ([Finding], [BackendID]) {
        let path = store.databasePath
        do {
            guard try store.isThere() else {
                return ([.yetToMake("database", at: path, "none at \(path) yet", by: "`iqctl submit`")], [])
            }
        } catch {
            return ([.problem("database", error)], [])
        }
        do {
            return try await store.with { store in
                let workers = try await ImageQueue(store: store).workers(as: requester)
                var findings = Finding.all(of: try await store.inspect(), at: path)
                if try await store.isPaused() { findings.append(.ok("queue", WaitNote.paused)) }
                findings += try await store.backends().filter(\.isDraining).map { status in
                    .ok("queue", WaitNote.drained(status.backend))
                }
                return (findings, workers.flatMap(\.registration.backends))
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            return ([.problem("database", error)], [])
        }
    }

    private func lookAtImages() async -> Finding {
        let path = store.imagesPath
        do {
            guard try StoreOptions.status(of: path) != nil else {
                return .yetToMake("images", at: path, "no folder at \(path) yet", by: "the first picture")
            }
            let files = try store.files()
            do { try await files.check() } catch { return .problem("images", error) }
            await files.close()
            return .ok("images", "\(path) can be written")
        } catch {
            return .problem("images", error)
        }
    }
}
