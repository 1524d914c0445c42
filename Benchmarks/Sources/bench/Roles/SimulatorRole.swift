internal import ForgeSimulator
internal import Foundation

/// A simulated Forge. Says its port; at the end of its input the gaps between its generations, in milliseconds, and then
/// the share of the time in which it drew.
enum SimulatorRole {
    static func run(milliseconds: String, padding: String) async throws {
        guard let step = Double(milliseconds), let padding = Int(padding) else { throw Failure("numbers, please") }
        var configuration = SimulatorConfiguration()
        configuration.stepTime = .microseconds(step * 1_000)
        configuration.imagePadding = padding
        try await ForgeSimulator.withServer(configuration) { simulator in
            Role.say(Double(simulator.port))
            await Role.untilEnd()
            let requests = simulator.log.filter { $0.path == "/sdapi/v1/txt2img" }.sorted { $0.began < $1.began }
            let generations = simulator.generations
            var gaps: [Double] = []
            var busy = 0.0
            for (number, generation) in generations.enumerated() {
                guard let ended = generation.ended else { continue }
                busy += generation.started.duration(to: ended) / .seconds(1)
                guard number + 1 < requests.count else { continue }
                gaps.append(ended.duration(to: requests[number + 1].began) / .milliseconds(1))
            }
            guard let first = generations.first, let end = generations.last?.ended else { return }
            for gap in gaps { Role.say(gap) }
            Role.say(-1)
            Role.say(busy / (first.started.duration(to: end) / .seconds(1)))
        }
    }
}
