import Testing

@testable import ForgeSimulator

@Suite(.timeLimit(.minutes(1)))
struct CheckpointShelfTests {
    private let good = SimulatedModel(name: "good")
    private let other = SimulatedModel(name: "other")
    private let broken = SimulatedModel(name: "broken", isBroken: true)

    private func load(_ model: SimulatedModel, into shelf: inout CheckpointShelf, succeeds: Bool) {
        let isLoaded = shelf.finishLoading(model)
        #expect(isLoaded == succeeds)
    }

    private func loaded() -> CheckpointShelf {
        var shelf = CheckpointShelf(models: [good, other, broken])
        #expect(shelf.demand(override: nil) == .load(good))
        load(good, into: &shelf, succeeds: true)
        return shelf
    }

    @Test func loadsOnceAndReloadsAfterAnOverride() {
        var shelf = loaded()
        #expect(shelf.demand(override: nil) == .ready(good))
        #expect(shelf.demand(override: "other.safetensors") == .load(other))
        load(other, into: &shelf, succeeds: true)
        #expect(shelf.demand(override: nil) == .load(good))
    }

    @Test func ignoresUnknownNames() {
        #expect(loaded().demand(override: "nothing") == .ready(good))
    }

    @Test(arguments: ["good", "good.safetensors"]) func acceptsSpellings(_ name: String) {
        #expect(loaded().model(named: name) == good)
        #expect(loaded().model(named: good.title) == good)
        #expect(loaded().model(named: good.hash) == good)
    }

    @Test func aFailedLoadSpoilsTheModelBefore() {
        var shelf = loaded()
        #expect(shelf.demand(override: "broken") == .load(broken))
        load(broken, into: &shelf, succeeds: false)
        #expect(shelf.demand(override: nil) == .poisoned)
        shelf.unload()
        shelf.select("good")
        #expect(shelf.demand(override: nil) == .poisoned)
        shelf.select("other")
        #expect(shelf.demand(override: nil) == .load(other))
        load(other, into: &shelf, succeeds: true)
        shelf.select("good")
        #expect(shelf.demand(override: nil) == .load(good))
    }

    @Test func nothingToLoad() {
        #expect(CheckpointShelf(models: []).demand(override: "good") == .noModels)
    }
}
