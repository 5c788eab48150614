import Foundation
import Verdicts

/// Where the policy is read from: the operator's file, else the one that is shipped.
struct PolicySource: Sendable {
    let path: String

    init(_ configuration: Configuration, share: String) { path = configuration.policyFile ?? share + "/deploy/policy.yaml" }

    /// - Throws: `SettingsTree.Fault` naming the key and the fault.
    func read() throws -> Policy {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20, let text = String(data: data, encoding: .utf8) else {
            throw SettingsTree.Fault(key: "policy.file", problem: "cannot be read as UTF-8 of at most 1 MiB: \(path)")
        }
        return try PolicyFile.read(text, origin: path)
    }
}
