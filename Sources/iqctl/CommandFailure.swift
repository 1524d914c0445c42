internal import ForgeClient
internal import Foundation
internal import ImageQueueCore
internal import ImageQueueStore

/// Why a command ends otherwise than well: an exit code and a line for people.
struct CommandFailure: Error, Sendable {
    var status: ExitStatus
    /// What is wrong and what to do; `nil` where that has been said.
    var message: String?

    init(_ status: ExitStatus, _ message: String? = nil) {
        self.status = status
        self.message = message
    }

    /// What an error of the libraries or the system means here.
    init(_ error: any Error) {
        switch error {
        case let error as CommandFailure: self = error
        case let error as QueueError: self.init(Self.status(of: error.code), error.message)
        case let error as StoreError: self.init(.storeFailed, error.message)
        case let error as GenerationError: self.init(.forgeUnavailable, error.message)
        case let error as CocoaError: self.init(.storeFailed, error.localizedDescription)
        case is CancellationError: self.init(.gaveUpWaiting, "Stopped before the end.")
        default: self.init(.storeFailed, "\(error)")
        }
    }

    private static func status(of code: QueueError.Code) -> ExitStatus {
        switch code {
        case .notFound: .noSuchJob
        case .invalidRequest, .reservedKey, .keyConflict: .refused
        case .queueFull: .gaveUpWaiting
        case .notPermitted: .notPermitted
        default: .storeFailed
        }
    }
}
