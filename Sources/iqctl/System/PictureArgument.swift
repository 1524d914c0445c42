internal import Foundation
internal import ImageQueueCore

/// A picture that is named by its path.
enum PictureArgument {
    /// Reads the whole file, and never more than a picture may have.
    ///
    /// - Throws: ``CommandFailure`` if it can't be read; `QueueError` if it is no picture, or too long.
    static func read(_ path: String, field: String) throws -> InputFile {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, field, errno) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(path, field, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw CommandFailure(.refused, "\(field) must name a file: \(TerminalText.line(path)) is none.")
        }
        guard status.st_size <= InputFile.byteLimit else { throw InputFile.tooLong(field) }
        do {
            return try InputFile(try file.read(upToCount: InputFile.byteLimit + 1) ?? Data(), field: field)
        } catch let error as CocoaError {
            throw CommandFailure(.refused, "\(field) can't be read: \(error.localizedDescription)")
        }
    }

    private static func failure(_ path: String, _ field: String, _ code: Int32) -> CommandFailure {
        CommandFailure(
            .refused,
            "\(field) can't be read: \(TerminalText.line(path)): \(String(cString: strerror(code)))."
        )
    }
}
