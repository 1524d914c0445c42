internal import Foundation
internal import ImageQueueCore

/// A job as people read it.
struct JobText {
    let job: Job
    let files: any ImageFiles

    /// `processing, 42 %, about 3 s left, attempt 1`
    var standing: String {
        var parts: [String] = []
        switch job.state {
        case .scheduled: parts.append("scheduled")
        case .queued: parts.append("queued")
        case .processing: parts.append("processing, \(job.percent) %")
        case .complete: parts.append("complete")
        case .failed: parts.append("failed")
        case .cancelled: parts.append("cancelled")
        }
        if let position = job.position { parts.append("position \(position)") }
        if let estimated = job.estimated { parts.append("about \(TimeText.text(estimated)) left") }
        if job.attempt > 1 { parts.append("attempt \(job.attempt)") }
        if job.isCancelRequested && !job.state.isFinal { parts.append("to be cancelled") }
        return parts.joined(separator: ", ")
    }

    /// Everything worth knowing, a line each.
    var lines: [String] {
        var lines = [row("job", job.id.description), row("status", standing)]
        if let failure = job.failure, job.state == .failed {
            lines.append(row("error", "\(failure.message) (\(failure.code.rawValue))"))
        }
        lines.append(row("message", job.messageID.description))
        if job.conversation != .none { lines.append(row("conversation", job.conversation.rawValue)) }
        if job.owner != .nobody { lines.append(row("owner", job.owner.rawValue)) }
        lines.append(row("prompt", TerminalText.quoted(job.request.prompt, columns: 100)))
        lines.append(row("submitted", RFC3339.text(job.createdAt)))
        if let started = job.startedAt { lines.append(row("started", RFC3339.text(started))) }
        if let finished = job.finishedAt { lines.append(row("finished", RFC3339.text(finished))) }
        if let parent = job.images.first?.parent ?? job.request.parent {
            lines.append(row("made of", "picture \(parent.number + 1) of job \(parent.job)"))
        }
        for image in job.images {
            lines.append(row("picture", files.location(ofPath: image.path).path(percentEncoded: false)))
            for warning in image.warnings { lines.append(row("warning", warning)) }
        }
        return lines
    }

    /// The job in one line of a list.
    var summary: String {
        let prompt = TerminalText.quoted(job.request.prompt, columns: 40)
        return "\(job.id)  \(TerminalText.line(standing))  \(prompt)"
    }

    private func row(_ name: String, _ value: String) -> String {
        let safe = name == "prompt" ? value : TerminalText.line(value)
        return name + String(repeating: " ", count: max(1, 14 - name.count)) + safe
    }
}
