import Foundation
import ProcessSupport

extension Sandbox {
    /// Every file below the image directory, by its path there; unfinished ones too.
    func imageFiles() -> [String] {
        let found = FileManager.default.enumerator(atPath: images)?.compactMap { $0 as? String } ?? []
        return found.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: images + "/" + path, isDirectory: &isFolder)
                && !isFolder.boolValue
        }
    }

    /// Those of them that no row names.
    func unnamedFiles() throws -> Set<String> {
        let named = try DatabaseProbe(path: database).text("SELECT group_concat(path, char(10)) FROM images") ?? ""
        return Set(imageFiles()).subtracting(named.split(separator: "\n").map(String.init))
    }

    /// Gives the living time to remove what the dead left; whether they do is for the caller to look at.
    func untilNoFileIsUnnamed() async {
        try? await eventually("no file is unnamed", within: .seconds(10)) { try unnamedFiles().isEmpty ? () : nil }
    }
}
