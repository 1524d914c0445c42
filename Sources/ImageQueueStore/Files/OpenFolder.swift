#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#elseif canImport(Darwin)
internal import Darwin
#endif

/// An open directory, from which names are looked up one part at a time and never through a symbolic link.
struct OpenFolder: ~Copyable {
    private let descriptor: FileDescriptor
    private let path: String

    /// Opens the root: its own path may go through links, which are its owner's choice.
    init(path: String) throws(SystemError) {
        descriptor = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        self.path = path
    }

    private init(_ name: String, in parent: borrowing OpenFolder) throws(SystemError) {
        path = parent.path + "/" + name
        do throws(SystemError) {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW
            descriptor = try FileDescriptor.open(name, in: parent.descriptor.number, flags)
        } catch {
            throw SystemError(errno: error.errno, doing: "open", path: path)
        }
    }

    /// Lends the folder that `names` lead to.
    ///
    /// - Parameter known: given, what is missing is made with mode 0700. The folders of which this process knows that
    ///   their names survive a power cut; others are synced into their parents before anything is put into them,
    ///   whoever has made them.
    func withFolder<Result>(
        _ names: [String],
        creatingUnless known: SyncedFolders? = nil,
        _ body: (borrowing OpenFolder) throws -> Result
    ) throws -> Result {
        guard let name = names.first else { return try body(self) }
        let isNew = known != nil && mkdirat(descriptor.number, name, 0o700) == 0
        if known != nil, !isNew, errno != EEXIST {
            throw SystemError(errno: errno, doing: "create the directory", path: path + "/" + name)
        }
        let folder = try OpenFolder(name, in: self)
        if let known {
            let identity = FileIdentity(try folder.descriptor.status(path: folder.path))
            // A new one may have the number of one that was removed.
            if isNew || !known.contains(identity) {
                try sync()
                known.insert(identity)
            }
        }
        return try folder.withFolder(Array(names.dropFirst()), creatingUnless: known, body)
    }

    /// Makes the folder's names survive a power cut, or their removal.
    func sync() throws(SystemError) { try descriptor.sync(path: path) }

    /// Writes a small file that has no name by then: whoever dies meanwhile leaves nothing.
    func probe() throws(SystemError) {
        let name = ".check-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        let file = try open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, doing: "create")
        try remove(name)
        try fill(file, with: [0], named: name)
        try sync()
    }

    /// Puts a file into the folder, whole and for good.
    func write(_ bytes: [UInt8], named name: String) throws(SystemError) {
        // Begins like its file, so that what a dead process left is found under the same prefix.
        let temporary = name + ".part-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        do throws(SystemError) {
            try writeNew(bytes, named: temporary)
            guard renameat(descriptor.number, temporary, descriptor.number, name) == 0 else {
                throw SystemError(errno: errno, doing: "name", path: path + "/" + name)
            }
        } catch {
            unlinkat(descriptor.number, temporary, 0)
            throw error
        }
        // "Calling fsync() does not necessarily ensure that the entry in the directory … has also reached disk."
        try sync()
    }

    private func writeNew(_ bytes: [UInt8], named name: String) throws(SystemError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        try fill(try open(name, flags, doing: "create"), with: bytes, named: name)
    }

    private func fill(
        _ file: borrowing FileDescriptor,
        with bytes: [UInt8],
        named name: String
    ) throws(SystemError) {
        let full = path + "/" + name
        var problem: SystemError?
        bytes.withUnsafeBytes { bytes in
            do throws(SystemError) { try file.write(bytes, path: full) } catch { problem = error }
        }
        if let problem { throw problem }
        try file.sync(path: full)
    }

    /// Opens a file of the folder; an error names its whole path.
    private func open(_ name: String, _ flags: Int32, doing: String) throws(SystemError) -> FileDescriptor {
        do throws(SystemError) {
            return try FileDescriptor.open(name, in: descriptor.number, flags)
        } catch {
            throw SystemError(errno: error.errno, doing: doing, path: path + "/" + name)
        }
    }

    func read(_ name: String) throws(SystemError) -> [UInt8] {
        let full = path + "/" + name
        let file = try open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, doing: "open")
        let status = try file.status(path: full)
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemError(errno: EISDIR, doing: "read", path: full) }
        return try file.read(upTo: Int(status.st_size), path: full)
    }

    func remove(_ name: String) throws(SystemError) {
        guard unlinkat(descriptor.number, name, 0) == 0 else {
            throw SystemError(errno: errno, doing: "remove", path: path + "/" + name)
        }
    }

    /// The names of all that isn't a directory.
    func files() throws(SystemError) -> [String] {
        try DirectoryListing.names(in: descriptor, path: path).filter { name in
            var status = stat()
            guard fstatat(descriptor.number, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return false }
            return status.st_mode & S_IFMT != S_IFDIR
        }
    }
}
