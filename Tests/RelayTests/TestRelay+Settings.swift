import Relay
import TestSupport

extension TestRelay {
    func settings(_ encryption: RelaySettings.Encryption = .none, ca: String? = nil, helo: String = "postern.example") throws -> RelaySettings {
        try RelaySettings(url: "\(encryption == .implicit ? "smtps" : "smtp")://localhost:\(port)", encryption: encryption, heloName: helo, caFile: ca)
    }
}
