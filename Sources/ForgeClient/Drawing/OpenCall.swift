internal import Foundation
internal import ImageQueueConcurrency
internal import ImageQueueCore

/// One generation request that has left, and what is known of it.
final class OpenCall: Sendable {
    typealias Outcome = Result<PictureReading.Reading, GenerationError>

    let task: DrawingTask
    let number: Int
    /// Filled with the status of the answer as soon as its head is there, or with the end of an exchange that had none.
    let head = OneShot<Head>()
    let outcome = OneShot<Outcome>()
    let watch: Lock<DrawingWatch>
    private let reading: PictureReading

    enum Head: Sendable, Equatable {
        case status(Int)
        case none
    }

    init(_ checked: ForgeGenerator.CheckedTask, number: Int, address: ForgeAddress, sent: Duration) {
        task = checked.task
        self.number = number
        watch = Lock(DrawingWatch(sent: sent))
        let failures = FailureReading(address: address, endpoint: .textToImage, model: task.request.model)
        reading = PictureReading(task: task, failures: failures, unknown: checked.unknown)
    }

    /// Takes the end of the exchange. Decodes on the transport's thread: a picture of many megabytes would hold up one
    /// of Swift's few cooperative threads.
    func take(_ result: Result<ForgeAnswer, TransportError>) {
        outcome.fill(Self.outcome(of: result, reading))
        head.fill(.none)
    }

    private static func outcome(
        of result: Result<ForgeAnswer, TransportError>,
        _ reading: PictureReading
    ) -> Outcome {
        switch result {
        case .failure(let error):
            return .failure(reading.failures.error(error))
        case .success(let answer) where answer.status == 200:
            do {
                return .success(try reading.read(answer.body))
            } catch let error as GenerationError {
                return .failure(error)
            } catch {
                return .failure(reading.failures.malformed("it can't be read", cause: error))
            }
        case .success(let answer):
            let body = ErrorBody(answer.body)
            return .failure(reading.failures.error(status: answer.status, location: answer.location, body: body))
        }
    }
}
