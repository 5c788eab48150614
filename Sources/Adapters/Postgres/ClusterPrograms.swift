import Foundation

/// The programs of one major version of the server.
struct ClusterPrograms {
    let folder: String
    /// `15`; nil where it cannot be told.
    let version: String?

    static let usualFolder = "/usr/lib/postgresql"

    /// Finds the programs: those configured, else those of the version that made the data, else the newest.
    static func find(_ settings: ClusterSettings) throws(ClusterError) -> ClusterPrograms {
        let data = dataVersion(settings)
        if let folder = settings.programs {
            let found = ClusterPrograms(folder: folder, version: version(of: folder))
            return try found.checked(against: data)
        }
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: usualFolder)) ?? [])
            .filter { Int($0) != nil && isComplete("\(usualFolder)/\($0)/bin") }
            .sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }
        guard let newest = versions.first else { throw ClusterError.notInstalled(folder: usualFolder) }
        let version = data.flatMap { versions.contains($0) ? $0 : nil } ?? newest
        return try ClusterPrograms(folder: "\(usualFolder)/\(version)/bin", version: version).checked(against: data)
    }

    /// The major version that made the data; nil when there is none yet.
    static func dataVersion(_ settings: ClusterSettings) -> String? {
        guard let text = try? String(contentsOfFile: settings.dataFolder + "/PG_VERSION", encoding: .utf8) else { return nil }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func checked(against data: String?) throws(ClusterError) -> ClusterPrograms {
        guard Self.isComplete(folder) else { throw ClusterError.notInstalled(folder: folder) }
        if let data, let version, data != version { throw ClusterError.wrongVersion(data: data, programs: version) }
        return self
    }

    private static func isComplete(_ folder: String) -> Bool {
        ["initdb", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }

    /// The version in a path such as `/usr/lib/postgresql/15/bin`.
    private static func version(of folder: String) -> String? {
        folder.split(separator: "/").reversed().first { Int($0) != nil }.map(String.init)
    }
}
