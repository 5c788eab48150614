import FoundationEssentials
package import Testing

/// The folder with conformance suites and mail corpora: outside the project, never part of it.
package enum Suites {
    /// The folder that `POSTERN_SUITES` names; nil when there is none. `make test` sets it when the data is at hand.
    package static let folder: String? = {
        guard let path = ProcessInfo.processInfo.environment["POSTERN_SUITES"], !path.isEmpty,
              FileManager.default.fileExists(atPath: path) else { return nil }
        return path
    }()

    /// A trait for tests that read suites: without the data they are skipped, and the report says so.
    package static func needed() -> ConditionTrait {
        .enabled(if: folder != nil, "SKIPPED: no conformance suites; set POSTERN_SUITES to the folder that holds them")
    }

    /// The octets of one file of the suites.
    package static func octets(_ path: String) throws -> [UInt8] {
        let folder = try #require(folder)
        let data = try #require(FileManager.default.contents(atPath: "\(folder)/\(path)"))
        return Array(data)
    }

    /// Every regular file below a folder of the suites, in order of its path.
    package static func files(_ path: String) throws -> [String] {
        let folder = try #require(folder)
        return try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/\(path)").sorted()
            .filter { var directory = false; return FileManager.default.fileExists(atPath: "\(folder)/\(path)/\($0)", isDirectory: &directory) && !directory }
            .map { "\(path)/\($0)" }
    }
}
