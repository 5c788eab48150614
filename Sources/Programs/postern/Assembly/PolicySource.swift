import Foundation
import Verdicts

/// Where the policies are read from: for each direction the operator's file, else the one that is shipped.
struct PolicySource: Sendable {
    private let inbound: String
    private let outbound: String

    init(_ configuration: Configuration, share: String) {
        inbound = configuration.policyFile ?? share + "/deploy/policy.yaml"
        outbound = configuration.outboundPolicyFile ?? share + "/deploy/policy-outbound.yaml"
    }

    /// - Throws: `SettingsTree.Fault` naming the key and the fault of the first file that has one; then there is neither policy.
    func read() throws -> Policies {
        Policies(inbound: try Self.read("policy.file", inbound), outbound: try Self.read("policy.outbound_file", outbound))
    }

    private static func read(_ key: String, _ path: String) throws -> Policy {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 1 << 20, let text = String(data: data, encoding: .utf8) else {
            throw SettingsTree.Fault(key: key, problem: "cannot be read as UTF-8 of at most 1 MiB: \(path)")
        }
        do { return try PolicyFile.read(text, origin: path) } catch let fault as SettingsTree.Fault {
            // The files have the same keys.
            throw SettingsTree.Fault(key: "\(key): \(fault.key)", problem: fault.problem)
        }
    }
}
