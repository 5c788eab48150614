import Foundation
import TestSupport
import Testing

/// Debian's python3, for what its packages can do: read YAML, and ARC by other hands.
enum PythonProgram {
    static let path = "/usr/bin/python3"

    /// Whether python3 can import the module.
    static func has(_ module: String) -> Bool {
        FileManager.default.isExecutableFile(atPath: path) && (try? run("import \(module); print(1)", []))?.isEmpty == false
    }

    /// - Returns: what the program wrote; empty where it failed.
    static func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-c", program] + arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : Data()
    }

    /// The documents of a YAML file of the suites; every scalar is text.
    static func yaml(_ file: String) throws -> [[String: Any]] {
        let folder = try #require(Suites.folder)
        let output = try run("""
            import json, sys, yaml
            with open(sys.argv[1], "rb") as file:
                json.dump([d for d in yaml.load_all(file, yaml.BaseLoader) if d], sys.stdout)
            """, ["\(folder)/\(file)"])
        return try #require(try JSONSerialization.jsonObject(with: output) as? [[String: Any]], "PyYAML could not read \(file): install python3-yaml")
    }
}
