internal import Foundation

/// What is not there yet, and is made when it is first needed.
enum YetToMake {
    /// The last of a path's folders that is there, if nothing can be made in it.
    static func obstacle(at path: String) -> String? {
        var place = URL(filePath: path)
        repeat { place.deleteLastPathComponent() } while !FileManager.default.fileExists(atPath: name(place))
        return FileManager.default.isWritableFile(atPath: name(place)) ? nil : name(place)
    }

    private static func name(_ place: URL) -> String {
        let path = place.path(percentEncoded: false)
        return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    }
}
