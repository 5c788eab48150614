import Foundation
import Testing

/// The seeds of a fuzz target.
enum Seeds {
    static func octets(_ target: String, atLeast count: Int) throws -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzz/Corpora/\(target)").path()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(files.count >= count)
        return try files.map { Array(try #require(FileManager.default.contents(atPath: "\(folder)/\($0)"))) }
    }
}
