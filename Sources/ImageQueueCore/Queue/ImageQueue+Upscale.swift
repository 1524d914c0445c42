internal import ImageQueueConcurrency

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension ImageQueue {
    /// The submission that makes one of a job's stored pictures larger, to be changed as wished and handed to `submit`.
    ///
    /// It joins the job's conversation and is its owner's; the result is the picture's child (see ``ImageParent``). The
    /// picture may be of a job that failed later, or that has been pruned.
    ///
    /// - Parameters:
    ///   - job: The job that made the picture.
    ///   - number: Which of its pictures, from 0.
    ///   - files: Where the picture is kept.
    /// - Throws: ``QueueError``: `not_found` if there is no such job, it isn't the requester's, or the picture's file is
    ///   gone; `invalid_request` if it has no such picture, or not yet, or the file is no picture any more;
    ///   `files_unavailable`; `store_unavailable`.
    public func upscaling(
        _ job: JobID,
        picture number: Int = 0,
        keptIn files: any ImageFiles,
        as requester: Requester = .operator
    ) async throws -> Submission {
        guard let source = try await store.job(job, as: requester) else { throw Self.noSuchJob(job) }
        guard let image = source.images.first(where: { $0.number == number }) else {
            throw QueueError(code: .invalidRequest, message: source.lack(ofPicture: number))
        }
        let bytes = try await files.bytes(ofPath: image.path)
        let file = try await Self.inputFile(bytes, field: "picture \(number + 1) of job \(job)")
        var request = UpscaleRequest(image: file.image)
        request.parent = ImageParent(job: job, number: number)
        request.caption = image.prompt
        var submission = Submission(request: .upscale(request), inputs: [file])
        submission.conversation = source.conversation
        submission.owner = source.owner
        submission.priority = source.submittedPriority
        return submission
    }

    /// Looks a picture's bytes through on a thread of the library: there may be many.
    private static func inputFile(_ bytes: Data, field: String) async throws -> InputFile {
        do {
            return try await LibraryThread.call(named: "imagequeue-read") { try InputFile(bytes, field: field) }
        } catch let error as LibraryThread.Refusal {
            let message = "No thread could be started to read the picture: raise the limit of threads."
            throw QueueError(code: .filesUnavailable, message: message, cause: error)
        }
    }
}

extension Job {
    /// Why it has no picture of that number.
    fileprivate func lack(ofPicture number: Int) -> String {
        let isPlanned = isRequestKnown && number >= 0 && number < request.pictureCount
        switch state {
        case .scheduled, .queued, .processing:
            guard isPlanned else { break }
            return "The job \(id) has not drawn its picture \(name(ofPicture: number)) yet; wait for it."
        case .failed, .cancelled:
            guard isPlanned else { break }
            return "The job \(id) ended without its picture \(name(ofPicture: number))."
        case .complete:
            break
        }
        return "The job \(id) has no picture \(name(ofPicture: number))."
    }

    /// A picture's number for people, who count from 1. It may be any: whoever asked may not be trusted.
    func name(ofPicture number: Int) -> String { number == .max ? "\(UInt(number) + 1)" : "\(number + 1)" }
}
