import DNS
import Foundation
import Relay

/// Reads the mail server that takes mail from us, which several settings name in the same way.
struct RelayReader {
    let tree: SettingsTree
    /// Where its settings are, such as `reports.relay`.
    let place: String

    /// - Parameter heloName: our name where the settings have no `helo`.
    /// - Returns: nil where no `url` is set.
    /// - Throws: `SettingsTree.Fault`, which never shows a password.
    func relay(heloName: String) throws -> RelaySettings? {
        guard let url = try tree.text("\(place).url") else {
            for key in ["encryption", "ca_file", "helo", "user", "password_file"] where try tree.text("\(place).\(key)") != nil { throw tree.fault("\(place).url", "is missing: \(place).\(key) needs it") }
            return nil
        }
        // What stands before an @ may be a password, and is not shown.
        if url.contains("@") { throw tree.fault("\(place).url", "has a user in it: who logs in stands in \(place).user, and the password in a file, \(place).password_file") }
        let encryption = try tree.oneOf("\(place).encryption", RelaySettings.Encryption.self)
        let caFile = try tree.text("\(place).ca_file"), helo = try tree.text("\(place).helo"), user = try tree.text("\(place).user"), password = try tree.text("\(place).password_file")
        do throws(RelaySettings.Trouble) {
            var relay = try RelaySettings(url: url, encryption: encryption, heloName: helo ?? heloName, caFile: caFile)
            if let user, let password { try relay.authenticate(user: user, passwordFile: password) }
            if (user == nil) == (password == nil) { return relay }
        } catch {
            let key = switch error {
            case .url: "url"
            case .encryption: "encryption"
            case .heloName: "helo"
            case .user, .unsafePassword: "user"
            case .file(let path, _): path == password && path != caFile ? "password_file" : "ca_file"
            }
            throw tree.fault("\(place).\(key)", "\(error)")
        }
        throw tree.fault("\(place).\(user == nil ? "user" : "password_file")", "is missing: a user and a password file go together")
    }
}
