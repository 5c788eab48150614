import Cryptography
import Foundation

/// Reads the master key, under which secrets lie in the database: 32 octets, from a file of its own or from the environment.
enum MasterKeyReader {
    /// - Parameter text: 64 hexadecimal digits, or base64 of 32 octets; white space around it does not count.
    /// - Returns: nil where it is anything else.
    static func read(_ text: String) -> MasterKey? {
        let text = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if text.utf8.count == 64 {
            var octets: [UInt8] = [], rest = Substring(text)
            while !rest.isEmpty {
                guard rest.prefix(2).allSatisfy(\.isHexDigit), let octet = UInt8(rest.prefix(2), radix: 16) else { return nil }
                octets.append(octet)
                rest = rest.dropFirst(2)
            }
            return MasterKey(octets)
        }
        return Data(base64Encoded: text).flatMap { MasterKey(Array($0)) }
    }

    /// What is wrong with a key that cannot be read; never the key itself.
    static let form = "has not 32 octets as 64 hexadecimal digits or as base64 (openssl rand -hex 32 makes one)"
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`, which never shows the key.
    static func masterKey(_ tree: SettingsTree) throws -> MasterKey? {
        let path = try tree.text("master_key_file")
        if let text = try tree.secret("master_key") {
            guard path == nil else { throw tree.fault("master_key_file", "is set beside POSTERN_MASTER_KEY: one of them is enough") }
            guard let key = MasterKeyReader.read(text) else { throw tree.fault("master_key", MasterKeyReader.form) }
            return key
        }
        guard let path else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else { throw tree.fault("master_key_file", "cannot be read: \(path)") }
        guard data.count <= 4096, let text = String(data: data, encoding: .utf8), let key = MasterKeyReader.read(text) else { throw tree.fault("master_key_file", "\(MasterKeyReader.form): \(path)") }
        return key
    }
}
