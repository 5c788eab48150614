import Checks
import DKIM
import DNS
import Foundation
import TransportSecurity
import Yams

/// Makes a `Configuration` of a file and the environment.
struct ConfigurationReader {
    /// Keys whose content is read node by node.
    private static let structured: Set<String> = ["tls_required", "blocklists.zones", "quarantine.retention_by_tenant", "neutralise.language_by_tenant", "rate_limits.language_by_tenant", "names.brands", "webhooks"]

    private let tree: SettingsTree

    /// - Parameters:
    ///   - path: the file; nil for none.
    ///   - environment: the process's.
    /// - Throws: `SettingsTree.Fault`, whose text names the key and the fault.
    static func read(path: String?, environment: [String: String]) throws -> Configuration {
        var yaml = ""
        if let path {
            guard let data = FileManager.default.contents(atPath: path) else { throw SettingsTree.Fault(key: path, problem: "cannot be read") }
            guard data.count <= 1 << 20 else { throw SettingsTree.Fault(key: path, problem: "is larger than 1 MiB") }
            guard let text = String(data: data, encoding: .utf8) else { throw SettingsTree.Fault(key: path, problem: "is not UTF-8") }
            yaml = text
        }
        let reader = ConfigurationReader(tree: try SettingsTree(yaml: yaml, origin: path ?? "no file", environment: environment))
        let configuration = try reader.configuration()
        if let unknown = reader.tree.unknown(except: structured) { throw unknown }
        return configuration
    }

    private func configuration() throws -> Configuration {
        Configuration(
            listen: try listen(), tls: try tls(), stateFolder: try tree.text("state_dir") ?? "state",
            database: .init(url: try tree.text("database.url"), user: try tree.text("database.user") ?? "postgres",
                            readers: try tree.number("database.readers", in: 1...64) ?? 2),
            dns: .init(servers: try each("dns.servers", "an address or ADDRESS@PORT", ServerAddress.init) ?? [], trustAnchor: try tree.text("dns.trust_anchor")),
            deadline: try tree.milliseconds("deadline", in: 100...120_000) ?? 8000,
            workers: .init(atOnce: try tree.number("workers.at_once", in: 1...10_000) ?? 128, line: try tree.number("workers.line", in: 0...100_000) ?? 256),
            limits: try limits(), policyFile: try tree.text("policy.file"), outboundPolicyFile: try tree.text("policy.outbound_file"),
            ownNames: try each("own_names", "a domain name") { DomainName($0) } ?? [],
            ownAddresses: try ownAddresses(),
            internalNetworks: try each("internal_networks", "a network such as 10.0.0.0/8") { IPNetwork($0) },
            tlsRequired: try tlsRules(),
            blockLists: .init(use: try tree.list("blocklists.use") ?? ["spamhaus.zen", "spamhaus.dbl"], key: try key(), zones: try zones(), unasked: try tree.list("blocklists.unasked")),
            results: try results(), malware: try Self.malware(tree),
            retention: (try tree.milliseconds("history.retention", in: 86_400_000...(3650 * 86_400_000)) ?? 90 * 86_400_000) / 86_400_000,
            reports: try Self.reports(tree), quarantine: try Self.quarantine(tree), neutralise: try Self.neutralise(tree), names: try Self.names(tree), greylist: try Self.greylist(tree), rateLimits: try Self.rateLimits(tree), watch: try Self.watch(tree), notices: try Self.notices(tree), spam: try Self.spam(tree),
            masterKey: try Self.masterKey(tree), keySchedule: try keySchedule(),
            logLevel: try tree.oneOf("log.level", Configuration.LogLevel.self) ?? .info,
            logForm: try tree.oneOf("log.format", Configuration.LogForm.self) ?? .json)
    }

    private func listen() throws -> [ListenAddress] {
        try each("listen", "HOST:PORT or unix:PATH", ListenAddress.init) ?? [.tcp(HostPort(host: "127.0.0.1", port: 8025))]
    }

    private func ownAddresses() throws -> [IPAddress] {
        let addresses = try each("own_addresses", "an IP address") { IPAddress($0) } ?? []
        guard addresses.count <= OwnDomainCheck.maximumAddresses else { throw tree.fault("own_addresses", "has more than \(OwnDomainCheck.maximumAddresses) addresses") }
        return addresses
    }

    private func results() throws -> Configuration.ResultSettings {
        func isNameOctet(_ octet: UInt8) -> Bool { octet >= 48 && octet <= 57 || octet | 0x20 >= 97 && octet | 0x20 <= 122 || octet == 45 || octet == 46 || octet == 95 }
        func identifier(_ text: String) -> String? { !text.isEmpty && text.utf8.count <= 255 && text.utf8.allSatisfy(isNameOctet) ? text.lowercased() : nil }
        let own = try tree.text("authentication_results.authserv_id")
        if let own, identifier(own) == nil { throw tree.fault("authentication_results.authserv_id", "is not a name such as mx.example.org") }
        return .init(authservID: own.flatMap(identifier),
                     add: try each("authentication_results.add", "authentication-results or received-spf") { Configuration.ResultSettings.Field(rawValue: $0) } ?? Configuration.ResultSettings.Field.allCases,
                     trusted: try each("authentication_results.trusted", "a name such as mx.example.org", identifier) ?? [])
    }

    private func tls() throws -> Configuration.TLS? {
        let listen = try each("tls.listen", "HOST:PORT", HostPort.init) ?? []
        let certificate = try tree.text("tls.certificate"), key = try tree.text("tls.key")
        if listen.isEmpty { return nil }
        guard let certificate else { throw tree.fault("tls.certificate", "is missing: tls.listen needs it") }
        guard let key else { throw tree.fault("tls.key", "is missing: tls.listen needs it") }
        for (name, path) in [("tls.certificate", certificate), ("tls.key", key)] where !FileManager.default.isReadableFile(atPath: path) {
            throw tree.fault(name, "cannot be read: \(path)")
        }
        return .init(listen: listen, certificate: certificate, key: key)
    }

    private func limits() throws -> Configuration.Limits {
        let limits = Configuration.Limits(
            body: try tree.octets("limits.body", in: 1024...(1 << 30)) ?? 50 << 20,
            bodies: try tree.octets("limits.bodies", in: 1 << 20...(64 << 30)) ?? 128 << 20,
            header: try tree.octets("limits.header", in: 4096...(1 << 20)) ?? 16 << 10,
            arrival: try tree.milliseconds("limits.arrival", in: 1000...3_600_000) ?? 30_000,
            idle: try tree.milliseconds("limits.idle", in: 1000...3_600_000) ?? 60_000,
            connections: try tree.number("limits.connections", in: 1...1_000_000) ?? 10_000)
        guard limits.bodies >= limits.body else { throw tree.fault("limits.bodies", "is smaller than limits.body") }
        return limits
    }

    private func keySchedule() throws -> KeySchedule {
        var schedule = KeySchedule()
        func seconds(_ key: String, _ range: ClosedRange<Int>) throws -> Int? { try tree.milliseconds(key, in: (range.lowerBound * 1000)...(range.upperBound * 1000)).map { $0 / 1000 } }
        schedule.settle = try seconds("dkim.settle", 0...86_400) ?? schedule.settle
        schedule.overlap = try seconds("dkim.overlap", 0...(365 * 86_400)) ?? schedule.overlap
        schedule.rotateEvery = try seconds("dkim.rotate_every", 3600...(3650 * 86_400))
        schedule.checkEvery = try seconds("dkim.check_every", 60...86_400) ?? schedule.checkEvery
        return schedule
    }

    /// Spamhaus data query keys are 26 letters and digits; the key is a secret and is not shown.
    private func key() throws -> String? {
        guard let key = try tree.text("blocklists.spamhaus_dqs_key") else { return nil }
        guard key.utf8.count <= 63, !key.isEmpty, key.utf8.allSatisfy({ ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) }) else {
            throw tree.fault("blocklists.spamhaus_dqs_key", "is not made of lower-case letters and digits")
        }
        return key
    }

    private func tlsRules() throws -> [TLSRule] {
        guard let node = try tree.structure("tls_required") else { return [] }
        guard let sequence = node.sequence else { throw tree.fault("tls_required", "is not a list of rules") }
        return try sequence.map { row in
            try tree.check(row, of: "tls_required", members: TLSRuleRow.members)
            do { return try YAMLDecoder().decode(TLSRuleRow.self, from: try Yams.serialize(node: row)).rule } catch {
                throw tree.fault("tls_required", "has a rule that cannot be read (line \(row.mark?.line ?? 0)): \(Self.plain(error))")
            }
        }
    }

    private func zones() throws -> [CustomZone] {
        guard let node = try tree.structure("blocklists.zones") else { return [] }
        guard let sequence = node.sequence else { throw tree.fault("blocklists.zones", "is not a list of zones") }
        return try sequence.map { row in
            try tree.check(row, of: "blocklists.zones", members: CustomZone.members)
            do { return try YAMLDecoder().decode(CustomZone.self, from: try Yams.serialize(node: row)) } catch {
                throw tree.fault("blocklists.zones", "has a zone that cannot be read (line \(row.mark?.line ?? 0)): \(Self.plain(error))")
            }
        }
    }

    private func each<Value>(_ key: String, _ form: String, _ make: (String) -> Value?) throws -> [Value]? {
        try tree.list(key)?.map { text in
            guard let value = make(text) else { throw tree.fault(key, "is not \(form): \(text)") }
            return value
        }
    }

    private static func plain(_ error: any Error) -> String {
        switch error {
        case DecodingError.keyNotFound(let key, _): return "\(key.stringValue) is missing"
        case DecodingError.dataCorrupted(let context), DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            return (context.codingPath.last.map { $0.stringValue + ": " } ?? "") + context.debugDescription
        default: return "\(error)"
        }
    }
}

/// A rule as it is written, with what may be left out.
private struct TLSRuleRow: Decodable {
    let rule: TLSRule

    private enum Key: String, CodingKey, CaseIterable { case domains, applies_to, minimum_version, require_strong_cipher, action }
    static let members = Set(Key.allCases.map(\.rawValue))

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Key.self)
        rule = TLSRule(domains: try row.decode(DomainPattern.self, forKey: .domains), appliesTo: try row.decode(TLSRule.Scope.self, forKey: .applies_to),
                       minimumVersion: try row.decodeIfPresent(TLSVersion.self, forKey: .minimum_version),
                       requireStrongCipher: try row.decodeIfPresent(Bool.self, forKey: .require_strong_cipher) ?? true,
                       action: try row.decodeIfPresent(TLSRule.Action.self, forKey: .action) ?? .reject)
    }
}

extension CustomZone: Decodable {
    private enum Key: String, CodingKey, CaseIterable { case name, kind, code, answers, asks, ipv6, allow }
    static let members = Set(Key.allCases.map(\.rawValue))

    init(from decoder: any Decoder) throws {
        let row = try decoder.container(keyedBy: Key.self)
        name = try row.decode(String.self, forKey: .name)
        kind = try row.decode(String.self, forKey: .kind)
        code = try row.decode(String.self, forKey: .code)
        answers = try row.decodeIfPresent([String: String].self, forKey: .answers) ?? [:]
        asks = try row.decodeIfPresent([String].self, forKey: .asks)
        ipv6 = try row.decodeIfPresent(Bool.self, forKey: .ipv6) ?? false
        allow = try row.decodeIfPresent(Bool.self, forKey: .allow) ?? false
        guard ["addresses", "domains"].contains(kind) else {
            throw DecodingError.dataCorrupted(.init(codingPath: [Key.kind], debugDescription: "neither addresses nor domains: \(kind)"))
        }
        guard let zone = DomainName(name), !zone.isRoot else {
            throw DecodingError.dataCorrupted(.init(codingPath: [Key.name], debugDescription: "not a domain name: \(name)"))
        }
    }
}
