internal import Foundation

#if canImport(FoundationNetworking)
internal import FoundationNetworking
#endif

extension TransportError {
    /// Reads an error of `URLSession`.
    ///
    /// On Linux a truncated body is an unknown error and a reset sometimes a time-out: whatever does not say that
    /// there was no connection counts as one that broke.
    init(_ error: any Error) {
        let error = error as NSError
        kind = error.domain == NSURLErrorDomain ? Self.kind(ofCode: error.code) : .connectionLost
        detail = MessageText.clean(error.localizedDescription, limit: 160)
    }

    static func kind(ofCode code: Int) -> Kind {
        switch code {
        case NSURLErrorCannotConnectToHost, NSURLErrorCannotFindHost, NSURLErrorDNSLookupFailed,
            NSURLErrorNotConnectedToInternet, NSURLErrorSecureConnectionFailed,
            NSURLErrorServerCertificateUntrusted, NSURLErrorServerCertificateHasBadDate,
            NSURLErrorServerCertificateHasUnknownRoot, NSURLErrorServerCertificateNotYetValid,
            NSURLErrorUnsupportedURL, NSURLErrorBadURL:
            .cannotConnect
        case NSURLErrorTimedOut:
            .timedOut
        default:
            .connectionLost
        }
    }
}
