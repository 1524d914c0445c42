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
    /// The question about the server that left as the head came; `nil` where nothing is to be asked.
    let look = Lock<ControlClient.Question?>(nil)
    let watch: Lock<DrawingWatch>
    /// What was found out about the picture beside its answer: a sentence each.
    let remarks: Lock<[String]>
    private let reading: PictureReading

    enum Head: Sendable, Equatable {
        case status(Int)
        case none
    }

    init(
        _ checked: ForgeGenerator.CheckedTask,
        number: Int,
        address: ForgeAddress,
        sent: Duration,
        uploadTime: Duration = .zero
    ) {
        task = checked.task
        self.number = number
        remarks = Lock(checked.remarks)
        let encodingTime = LossDetector.encodingTime(ofPixels: task.request.pixelCount)
        watch = Lock(DrawingWatch(sent: sent, uploadTime: uploadTime, encodingTime: encodingTime))
        let failures = FailureReading(address: address, endpoint: task.endpoint, model: task.request.model)
        reading = PictureReading(task: task, failures: failures, unknown: checked.unknown)
    }

    /// Takes the end of the exchange. A picture is decoded on a thread of its own: its many megabytes would hold up one
    /// of Swift's few cooperative threads, or the transport's, which serves others too.
    func take(_ result: Result<ForgeAnswer, TransportError>) {
        defer { head.fill(.none) }
        switch result {
        case .failure(let error):
            outcome.fill(.failure(reading.failures.error(error)))
        case .success(let answer) where answer.status == 200:
            // Taken out by the thread: while a picture is decoded, its answer need not be kept as well.
            let body = Lock<Data?>(answer.body)
            do {
                try LibraryThread.start(named: "forge-picture") { [outcome, reading] in
                    outcome.fill(Self.picture(in: body.withLock { $0.take() ?? Data() }, reading))
                }
            } catch {
                let message = "No thread could be started: raise the limit of threads."
                outcome.fill(.failure(GenerationError(.unavailable, message: message, cause: error)))
            }
        case .success(let answer):
            let body = ErrorBody(answer.body)
            outcome.fill(
                .failure(reading.failures.error(status: answer.status, location: answer.location, body: body))
            )
        }
    }

    /// Takes an answer for over whose head has come, and whose body does not.
    func judge(byStatus status: Int) {
        let error =
            status == 200
            ? reading.failures.lostOnItsWay
            : reading.failures.error(status: status, body: ErrorBody(Data()))
        outcome.fill(.failure(error))
    }

    static func picture(in body: consuming Data, _ reading: PictureReading) -> Outcome {
        assertOwnThread()
        do {
            return .success(try reading.read(body))
        } catch let error as GenerationError {
            return .failure(error)
        } catch {
            return .failure(reading.failures.malformed("it can't be read", cause: error))
        }
    }
}

extension ImageRequest {
    /// Of one finished picture.
    fileprivate var pixelCount: Int {
        let size = if case .upscale(let request) = self { request.finishedSize } else { drawing?.finishedSize }
        return size.map { $0.width * $0.height } ?? 0
    }
}
