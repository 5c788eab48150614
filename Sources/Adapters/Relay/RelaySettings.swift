internal import DNS
import Foundation

/// The relay that takes our mail, and how to speak with it.
package struct RelaySettings: Sendable, CustomStringConvertible, CustomReflectable {
    /// How a session is encrypted.
    package enum Encryption: String, Sendable, CaseIterable {
        /// TLS from the first octet (RFC 8314 §3.3).
        case implicit
        /// STARTTLS with a certificate that is verified, or nothing is sent (RFC 3207).
        case required
        /// STARTTLS where it is offered, whatever the certificate is (RFC 7435).
        case opportunistic
        case none

        var verifies: Bool { self == .implicit || self == .required }
    }

    /// A name and its password (RFC 4954).
    struct Credentials: Sendable { let user, password: String }

    package enum Trouble: Error, Sendable, Equatable, CustomStringConvertible {
        case url(String), encryption(String), heloName(String), user, unsafePassword
        case file(String, why: String)

        package var description: String {
            switch self {
            case .url(let text): "\(text) is not smtp://host[:port] or smtps://host[:port]"
            case .encryption(let text): "\(text): smtps:// is TLS from the first octet, and smtp:// is not"
            case .heloName(let text): "\(text) is neither a domain name nor an address, which EHLO takes"
            case .user: "the user's name is empty, has a control character or more than 255 octets"
            case .unsafePassword: "a password goes to a relay only by TLS that is verified: smtps://, or smtp:// with STARTTLS required"
            case .file(let path, let why): "\(path): \(why)"
            }
        }
    }

    let host: String
    let port: UInt16
    let encryption: Encryption
    let heloName: String
    /// A file of certificates in PEM form that are trusted instead of the system's.
    let caFile: String?
    private(set) var credentials: Credentials?
    package var limits = RelayLimits()

    /// - Parameters:
    ///   - url: `smtp://host[:port]`, port 25 where none is named, or `smtps://host[:port]`, port 465; an IPv6 address in brackets.
    ///   - encryption: nil for `implicit` with smtps:// and `required` with smtp://.
    ///   - heloName: how we call ourselves: a domain name, or an address, which goes out as a literal (RFC 5321 §4.1.3).
    ///   - caFile: a file of certificates in PEM form; nil for the system's.
    /// - Throws: `Trouble`, which says what is wrong.
    package init(url: String, encryption: Encryption? = nil, heloName: String, caFile: String? = nil) throws(Trouble) {
        let lower = url.lowercased(), implicit = lower.hasPrefix("smtps://")
        guard implicit || lower.hasPrefix("smtp://") else { throw .url(url) }
        guard let (host, port) = Self.hostAndPort(lower.dropFirst(implicit ? 8 : 7)) else { throw .url(url) }
        self.encryption = encryption ?? (implicit ? .implicit : .required)
        guard implicit == (self.encryption == .implicit) else { throw .encryption(url) }
        self.host = host
        self.port = port ?? (implicit ? 465 : 25)
        if let address = IPAddress(heloName) {
            if case .v4 = address { self.heloName = "[\(address)]" } else { self.heloName = "[IPv6:\(address)]" }
        } else {
            guard let name = DomainName(heloName), !name.isRoot, name.text.utf8.allSatisfy(Self.isOfHost) else { throw .heloName(heloName) }
            self.heloName = name.text
        }
        if let caFile {
            guard FileManager.default.isReadableFile(atPath: caFile) else { throw .file(caFile, why: "it cannot be read") }
        }
        self.caFile = caFile
    }

    /// Lets every session begin with AUTH.
    /// - Parameter passwordFile: the password is its first line, of 1…1,000 octets.
    /// - Throws: `Trouble`; also where the session is not encrypted with a verified certificate.
    package mutating func authenticate(user: String, passwordFile: String) throws(Trouble) {
        guard encryption.verifies else { throw .unsafePassword }
        guard !user.isEmpty, user.utf8.count <= 255, !user.utf8.contains(where: { $0 < 32 || $0 == 127 }) else { throw .user }
        guard let data = FileManager.default.contents(atPath: passwordFile) else { throw .file(passwordFile, why: "it cannot be read") }
        let line = data.prefix { $0 != 10 && $0 != 13 }
        guard let password = String(data: line, encoding: .utf8), !line.isEmpty, line.count <= 1000, !line.contains(0) else {
            throw .file(passwordFile, why: "its first line is not a password of 1 to 1000 octets")
        }
        credentials = Credentials(user: user, password: password)
    }

    /// `smtp://relay.example:25`.
    package var description: String { "\(encryption == .implicit ? "smtps" : "smtp")://\(host):\(port)" }

    /// Without the password.
    package var customMirror: Mirror { Mirror(self, children: ["relay": description, "encryption": encryption.rawValue]) }

    /// Where libcurl goes: the path is what EHLO says.
    var transferURL: String {
        let name = heloName.utf8.map { octet in Self.isOfHost(octet) ? String(UnicodeScalar(octet)) : "%" + String(octet, radix: 16) }.joined()
        return "\(description)/\(name)"
    }

    private static func hostAndPort(_ text: Substring) -> (host: String, port: UInt16?)? {
        var host = text.hasSuffix("/") ? text.dropLast() : text, port: UInt16?
        let afterBracket = host.lastIndex(of: "]").map { host.index(after: $0) } ?? host.startIndex
        if let colon = host[afterBracket...].lastIndex(of: ":") {
            guard let number = UInt16(host[host.index(after: colon)...]), number > 0 else { return nil }
            port = number
            host = host[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            guard let address = IPAddress(host.dropFirst().dropLast()), case .v6 = address else { return nil }
            return ("[\(address)]", port)
        }
        guard let name = DomainName(host), !name.isRoot, name.text.utf8.allSatisfy(isOfHost) else { return nil }
        return (name.text, port)
    }

    private static func isOfHost(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        default: false
        }
    }
}

/// What a session with the relay may take.
package struct RelayLimits: Sendable {
    /// To connect, the greeting, EHLO, TLS and AUTH included; at least a millisecond.
    package var connect: Duration = .seconds(20)
    /// Whole seconds to wait for one reply, 1…600.
    package var replySeconds = 120
    /// Whole seconds to wait for the reply to the message itself, 1…600; a server may look through it first (RFC 5321 §4.5.3.2.6).
    package var finalReplySeconds = 600
    /// Octets of a message as it travels.
    package var message = 64 << 20
    /// Octets that the server may say in a session.
    package var heard = 256 << 10
    /// Callers that wait for their turn; one more is deferred at once.
    package var waiting = 64

    package init() {}
}
