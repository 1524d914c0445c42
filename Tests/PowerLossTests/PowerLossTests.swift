import Foundation
import Testing

@testable import ImageQueueStore

/// The power is cut at random writes and syncs of a store at work; what it acknowledged must be there afterwards.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct PowerLossTests {
    private static let cuts = 200

    @Test("After 200 power cuts nothing that was acknowledged is lost, and the file is whole")
    func nothingIsLost() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let report = try await PowerLossRun(seed: seed, durability: .full).run(cuts: Self.cuts)
        print("power loss: \(report)")
        #expect(report.losses == [], "seed \(seed)")
        #expect(report.damages == [], "seed \(seed)")
        #expect(report.surprises == [], "seed \(seed)")
        // It was tried: cuts of every kind, with writes to lose and acknowledgements to keep.
        #expect(report.cuts == Self.cuts)
        #expect(report.cutsInSync > 0 && report.cutsWhileOpening > 0 && report.cutsWithLostSectors > 0)
        #expect(report.acknowledged.values.allSatisfy { $0 > 0 } && report.acknowledged.count == 7)
    }

    @Test(
        "A file is made with synchronous=FULL: a torn sync of its first journal does not take page 1 with it",
        arguments: [4_952_219_696_593_150_055, 3_815_621_507_212_018_459] as [UInt64]
    )
    func makingIsAlwaysFull(seed: UInt64) async throws {
        let report = try await PowerLossRun(seed: seed, durability: .normal).run(cuts: 100)
        #expect(report.damages == [] && report.surprises == [])
    }

    @Test("With synchronous=NORMAL the same 200 cuts lose something, and damage nothing")
    func normalLoses() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let report = try await PowerLossRun(seed: seed, durability: .normal).run(cuts: Self.cuts)
        print("power loss with synchronous=NORMAL: \(report)")
        #expect(!report.losses.isEmpty, "seed \(seed)")
        #expect(report.damages == [], "seed \(seed)")
        #expect(report.surprises == [], "seed \(seed)")
    }

    @Test("Whenever the power goes while the database is made, the next one who opens it finds or makes it whole")
    func making() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        let report = try await PowerLossRun(seed: seed, durability: .full).cutWhileMaking(operations: 1...200, times: 3)
        print("power loss while the file is made: \(report)")
        #expect(report.cutsWithLostSectors > 100)
        // All of the making was tried, and its end.
        #expect(report.cutsWhileOpening > 100 && report.cutsWhileOpening < report.cuts)
        #expect(report.damages == [], "seed \(seed)")
    }
}
