import ArgumentParser
import Foundation
import Learning

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

    /// Octets that are read at once.
    private static let piece = 1 << 20

    /// Gives each message of the file, and how many octets of the file were read so far.
    /// - Parameter limit: octets of one message.
    /// - Returns: how many messages were too large, or could not be read.
    func messages(limit: Int, _ take: ([UInt8], Int) async throws -> Void) async throws -> Int {
        guard let handle = path == "-" ? .standardInput : FileHandle(forReadingAtPath: path) else { return 1 }
        defer { if path != "-" { try? handle.close() } }
        guard let first = try? handle.read(upToCount: Self.piece), !first.isEmpty else { return 1 }
        var read = first.count
        guard first.starts(with: Array("From ".utf8)) else {
            var octets = Array(first)
            while octets.count <= limit, let more = try? handle.read(upToCount: Self.piece), !more.isEmpty { octets += more }
            if octets.count > limit { return 1 }
            try await take(octets, octets.count)
            return 0
        }
        var cutter = MailboxCutter(limit: limit)
        for message in cutter.take(first) { try await take(message, read) }
        while let more = try? handle.read(upToCount: Self.piece), !more.isEmpty {
            read += more.count
            for message in cutter.take(more) { try await take(message, read) }
        }
        if let last = cutter.finish() { try await take(last, read) }
        return cutter.leftOut
    }
}
