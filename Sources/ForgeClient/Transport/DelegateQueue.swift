#if canImport(FoundationNetworking)
internal import Dispatch
internal import Foundation

/// Where a session tells its delegate, in order.
///
/// `URLSession` on Linux hands a picture over in pieces of 16 KB, from the one queue that all sessions of a process
/// share. An `Operation` for each keeps that queue from the next request for longer than the piece itself.
final class DelegateQueue: OperationQueue, @unchecked Sendable {
    // @unchecked: as its superclass; what is added is constant.
    private let serial = DispatchQueue(label: "imagequeue.forge.answers")

    override func addOperation(_ block: @escaping @Sendable () -> Void) { serial.async(execute: block) }
}
#endif
