internal import ArgumentParser
internal import Foundation
internal import ImageQueueCore

/// How jobs are put into the queue and waited for, whatever they are to make.
struct SubmitOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The conversation that its message joins.", valueName: "name"))
    var conversation: String?

    @Option(parsing: .unconditional, help: "The user's own words, stored as the message before.")
    var userMessage: String?

    @Option(help: ArgumentHelp("Whose job it is.", valueName: "name"))
    var owner: String?

    @Option(
        help: ArgumentHelp(
            "Which jobs it goes before, until they have waited for 10 minutes; by default normal.",
            valueName: "priority"
        )
    )
    var priority: PriorityName?

    @Option(
        help:
            "A key of your own: submitted again with the same one within a day, or while it has not ended, it is the same job."
    )
    var key: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("Don't begin before so long.", valueName: "seconds"))
    var delay: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Fail as `expired` if drawing has not begun after so long, the delay included.",
            valueName: "seconds"
        )
    )
    var deadline: Double?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Give up waiting after so long; the job stays, but not a simulated one.",
            valueName: "seconds"
        )
    )
    var timeout: Double?

    @Flag(help: "Don't wait: print the receipt and end.")
    var detach = false

    @Flag(help: "Draw it with a simulated Forge in this process: a placeholder, without a graphics card.")
    var simulate = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With --simulate: milliseconds that a sampling step takes; 100 unless given.",
            valueName: "ms"
        )
    )
    var stepTime: Double?

    @OptionGroup(title: "Forge") var forge: ForgeOptions
    @OptionGroup(title: "Storage") var store: StoreOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    func validate() throws {
        try ConversationArgument.check(conversation)
        for case (let name, let seconds?) in [("--timeout", timeout), ("--delay", delay), ("--deadline", deadline)]
        where Duration(typedSeconds: seconds) == nil {
            throw ValidationError("\(name) must be 0 to 31536000 seconds (a year).")
        }
        guard deadline != 0 else { throw ValidationError("--deadline must be above 0 seconds.") }
        if let stepTime {
            guard Duration(typedSeconds: stepTime / 1000) != nil else {
                throw ValidationError("--step-time must be 0 or more milliseconds.")
            }
            guard simulate else { throw ValidationError("--step-time is for --simulate alone.") }
        }
        if detach, timeout != nil { throw ValidationError("--detach waits for nothing: leave --timeout out.") }
        if simulate && detach {
            throw ValidationError("--simulate draws in this process, which --detach would end.")
        }
        if simulate && !forge.urls.isEmpty { throw ValidationError("--simulate asks no Forge: leave --forge out.") }
    }

    /// Sets what was given.
    func apply(to submission: inout Submission) {
        if let conversation { submission.conversation = ConversationID(rawValue: conversation) }
        if let owner { submission.owner = Owner(rawValue: owner) }
        if let priority { submission.priority = priority.priority }
        submission.userMessage = userMessage
        submission.key = key
        submission.delay = delay.flatMap { Duration(typedSeconds: $0) }
        submission.deadline = deadline.flatMap { Duration(typedSeconds: $0) }
    }
}
