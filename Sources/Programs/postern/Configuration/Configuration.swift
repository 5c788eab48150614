import Checks
import ContentRules
import Cryptography
import DKIM
import DNS
import Foundation
import TransportSecurity
import Yams

/// All settings of the service, checked.
struct Configuration: Sendable {
    struct TLS: Sendable { var listen: [HostPort], certificate: String, key: String }
    struct Workers: Sendable { var atOnce: Int, line: Int }
    struct Limits: Sendable { var body: Int, bodies: Int, header: Int, arrival: Int, idle: Int, connections: Int }
    struct DNSSettings: Sendable { var servers: [ServerAddress], trustAnchor: String? }
    struct DatabaseSettings: Sendable { var url: String?, user: String, readers: Int }
    struct BlockListSettings: Sendable { var use: [String], key: String?, zones: [CustomZone]
        /// Top names below which nothing is asked about; nil for those that the public DNS does not have.
        var unasked: [String]?
    }
    /// What is written for the MTA to add to a message, and whose results are believed.
    struct ResultSettings: Sendable {
        enum Field: String, CaseIterable, Sendable { case authenticationResults = "authentication-results", receivedSPF = "received-spf" }
        /// nil: the first of `ownNames`, else the host's name.
        var authservID: String?
        var add: [Field]
        /// Authentication service identifiers of the servers before us.
        var trusted: [String]
    }
    enum LogForm: String, CaseIterable, Sendable { case json, text }
    enum LogLevel: String, CaseIterable, Sendable { case debug, info, notice, warning, error }

    var listen: [ListenAddress]
    var tls: TLS?
    var stateFolder: String
    var database: DatabaseSettings
    var dns: DNSSettings
    /// For one message, in milliseconds.
    var deadline: Int
    var workers: Workers
    var limits: Limits
    var policyFile: String?
    var outboundPolicyFile: String?
    var ownNames: [DomainName]
    /// From which our mail goes out.
    var ownAddresses: [IPAddress]
    var internalNetworks: [IPNetwork]?
    var tlsRequired: [TLSRule]
    var blockLists: BlockListSettings
    var results: ResultSettings
    /// nil: nothing is scanned.
    var malware: MalwareSettings?
    /// Days.
    var retention: Int
    var reports: ReportSettings
    var quarantine: QuarantineSettings
    var neutralise: NoteSettings
    var names: ProtectedNames
    var greylist: Greylist.Settings
    var rateLimits: LimitSettings
    /// Senders that are watched.
    var watch: WatchSettings
    var notices: NoticeSettings
    var spam: SpamSettings
    /// nil: private keys can neither be made nor used.
    var masterKey: MasterKey?
    var keySchedule: KeySchedule
    var logLevel: LogLevel
    var logForm: LogForm
}

/// A host and a port to listen at.
struct HostPort: Sendable, Equatable {
    var host: String
    var port: Int

    init(host: String, port: Int) { self.host = host; self.port = port }

    /// Reads `HOST:PORT`, `ADDRESS:PORT`, `[ADDRESS]:PORT`; nil when it is none of them.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard IPAddress(host) != nil else { return nil }
        } else if host.contains(":") { return nil }
        guard !host.isEmpty else { return nil }
        self.host = host
        self.port = Int(port)
    }
}

/// Where plain HTTP is listened for.
enum ListenAddress: Sendable, Equatable {
    case tcp(HostPort)
    case unix(String)

    /// Reads `HOST:PORT` or `unix:PATH`; nil when it is neither.
    init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            // sun_path holds 108 octets with the final NUL (unix(7)).
            guard !path.isEmpty, path.utf8.count <= 107, !path.utf8.contains(0) else { return nil }
            self = .unix(path)
        } else {
            guard let address = HostPort(text) else { return nil }
            self = .tcp(address)
        }
    }
}

/// A resolver to ask.
struct ServerAddress: Sendable, Equatable {
    var address: IPAddress
    var port: UInt16

    /// Reads `ADDRESS` or `ADDRESS@PORT`; nil when it is neither.
    init?(_ text: String) {
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        guard parts.count == 2 else { self.address = address; port = 53; return }
        guard let port = UInt16(parts[1]), port > 0 else { return nil }
        self.address = address
        self.port = port
    }
}

/// A blocklist zone of the operator's own.
struct CustomZone: Sendable, Equatable {
    var name: String
    /// `addresses` or `domains`.
    var kind: String
    /// The code of the finding when an answer stands in no row of the table.
    var code: String
    /// Answer, or range of answers, to code.
    var answers: [String: String]
    /// Where a subject must stand to be asked about; nil for the usual places.
    var asks: [String]?
    /// Whether a list of addresses holds IPv6 addresses.
    var ipv6: Bool
    /// True for a list of those to trust.
    var allow: Bool
}
