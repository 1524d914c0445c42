extension StoreError {
    /// What SQLite said, as a kind of failure and an advice.
    init(_ error: DatabaseError, path: String) {
        let code: Code
        let text: String
        switch error.code {
        case .busy, .locked, .protocol:
            code = .databaseLocked
            text = "Another program held the lock of \(path) for too long. Try again; end what holds it."
        case .full, .ioErrorSharedMemorySize:
            code = .diskFull
            text = "No space is left for \(path). Free some, then try again: nothing was stored."
        case .readOnlyMoved:
            code = .databaseMoved
            text =
                "\(path) was deleted, moved or replaced while it was in use. Put the same file back, and work goes on; "
                + "to use what stands there now, start the program again."
        case .readOnly:
            code = .readOnly
            text = "\(path) cannot be written. Check the rights of the file and its directory, and the file system."
        case .permission, .cannotOpen:
            code = .cannotOpen
            text = "\(path) cannot be opened. Check the path and the rights of the file and its directory."
        case .corrupt:
            code = .corrupt
            text = "\(path) is damaged. Stop all programs that use it and restore a backup."
        case .notADatabase:
            code = .notADatabase
            text = "\(path) is no SQLite database. Choose another file: this one was left as it is."
        case .ioError:
            code = .ioError
            text = "The system failed to read or write \(path). Look at the disk and the system's log."
        case .noMemory:
            code = .outOfMemory
            text = "Memory ran out while \(path) was used."
        case .interrupt:
            code = .interrupted
            text = "The access to \(path) was interrupted."
        case .constraint:
            code = .constraint
            text = "\(path) refused the change: \(error.message)."
        case .tooBig:
            code = .tooBig
            text = "A value is larger than \(path) can hold (SQLite's limit is a billion bytes)."
        case .error:
            code = .programError
            text =
                "SQLite could not do what was asked of \(path): \(error.message). A trigger of another program's, or what it "
                + "has stored, may be at fault; if not, please report it."
        default:
            code = .programError
            text = "The library used \(path) wrongly: \(error.message). Please report it."
        }
        self.init(code, text, cause: error)
    }

    /// Errors of SQLite and of the system become errors of the store; those of a caller's own pass as they are.
    static func wrapping(_ error: any Error, path: String) -> any Error {
        switch error {
        case let error as DatabaseError: StoreError(error, path: path)
        case let error as SystemError: StoreError(error)
        default: error
        }
    }
}
