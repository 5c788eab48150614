import Foundation

/// Where the files are that are shipped beside the program: `migrations`, `openapi`, `deploy`.
enum ShareFolder {
    struct Missing: Error, CustomStringConvertible { let description: String }

    /// The folder: `POSTERN_SHARE`, a folder above the program, or where packages put it.
    /// - Throws: `Missing` with the places that were looked at.
    static func find(environment: [String: String] = ProcessInfo.processInfo.environment) throws -> String {
        var places: [String] = []
        if let named = environment["POSTERN_SHARE"], !named.isEmpty {
            places = [named]
        } else {
            var at = URL(fileURLWithPath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0])
            for _ in 0..<6 { at.deleteLastPathComponent(); places.append(at.path) }
            places += ["/usr/local/share/postern", "/usr/share/postern"]
        }
        for place in places where FileManager.default.fileExists(atPath: place + "/migrations") && FileManager.default.fileExists(atPath: place + "/openapi/postern.yaml") {
            return place
        }
        throw Missing(description: "the files shipped with the program (migrations, openapi, deploy) are in none of: \(places.joined(separator: ", ")); POSTERN_SHARE may name the folder")
    }
}
