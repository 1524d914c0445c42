import Foundation
import ImageQueueConcurrency
import ImageQueueCore
import ImageQueueTesting
import Testing

@testable import ImageQueueStore

#if !canImport(Darwin)
/// Apple's SQLite knows no automatic extensions, by which ``StatementWatch`` sees every connection.
@Suite("Query plans in big files", .timeLimit(.minutes(10)))
struct QueryPlanTests {
    @Test("Every statement of the store is a search without a sort, before and after ANALYZE")
    func plans() async throws {
        let statements = try await Self.statementsOfTheLaws()
        // What the laws make the store run, and so all that it has.
        #expect(statements.count > 80, "only \(statements.count) statements were seen")
        for begin in ["INSERT OR FAIL INTO jobs", "UPDATE OR FAIL jobs", "DELETE FROM jobs", "SELECT seq"] {
            #expect(statements.contains { $0.hasPrefix(begin) }, "\(begin) was not seen")
        }
        for file in BigFile.allCases {
            try await withStore { store in
                try await file.fill(store)
                try await store.write { try $0.indexWaitingOwners() }
                for isAnalyzed in [false, true] {
                    if isAnalyzed { try await store.write { try $0.script("ANALYZE") } }
                    let found = try await QueryPlans.objections(to: statements, path: store.database.path)
                    let when = "\(file.rawValue), \(isAnalyzed ? "after" : "before") ANALYZE"
                    for (statement, steps) in found.sorted(by: { $0.key < $1.key }) {
                        Issue.record("\(when): \(steps) in \(statement)")
                    }
                }
            }
        }
    }

    @Test("A scan and a sort are objected to, in a trigger too")
    func control() async throws {
        try await withStore { store in
            let scan = "SELECT seq FROM jobs WHERE model = 'x' ORDER BY error"
            let found = try await QueryPlans.objections(to: [scan], path: store.database.path)
            #expect(found == [scan: ["SCAN jobs", "USE TEMP B-TREE FOR ORDER BY"]])
            try await store.write { connection in
                try connection.script(
                    """
                    CREATE TRIGGER bad AFTER INSERT ON virtual_times BEGIN
                        UPDATE jobs SET error = '' WHERE model = 'x';
                    END
                    """
                )
            }
            let insert = "INSERT INTO virtual_times VALUES (?, ?)"
            let inTrigger = try await QueryPlans.objections(to: [insert], path: store.database.path)
            #expect(inTrigger == [insert: ["SCAN jobs"]])
        }
    }

    private static func statementsOfTheLaws() async throws -> [String] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "iq-plans-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        let watch = try StatementWatch(directory: directory.path)
        for law in StoreLaw.all { try await law.runOnSQLite(below: directory) }
        return watch.statements
    }
}
#endif
