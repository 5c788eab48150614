import ArgumentParser
import Foundation

/// Files with messages, as they are found below a path.
struct MessageFiles {
    /// `-` for standard input.
    let path: String
    /// In octets; 0 where that is not known.
    let size: Int

    /// - Throws: `ValidationError` where there is nothing.
    static func list(_ path: String) throws -> [MessageFiles] {
        if path == "-" { return [MessageFiles(path: path, size: 0)] }
        guard FileManager.default.fileExists(atPath: path) else { throw ValidationError("there is no \(path)") }
        if isFile(path) { return [MessageFiles(path: path, size: size(path))] }
        // Of a Maildir what was delivered; of another folder all files, those of its folders too.
        let parts = ["cur", "new"].map { "\(path)/\($0)" }.filter { FileManager.default.fileExists(atPath: $0) }
        return (parts.isEmpty ? [path] : parts).flatMap { folder in
            (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted().map { "\(folder)/\($0)" }.filter { isFile($0) }.map { MessageFiles(path: $0, size: size($0)) }
        }
    }

    private static func isFile(_ path: String) -> Bool { attributes(path)[.type] as? FileAttributeType != .typeDirectory }

    private static func size(_ path: String) -> Int { attributes(path)[.size] as? Int ?? 0 }

    /// Of what a link leads to.
    private static func attributes(_ path: String) -> [FileAttributeKey: Any] {
        (try? FileManager.default.attributesOfItem(atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)) ?? [:]
    }
}
