import Foundation
import TestSupport
import Testing

/// What the program says of settings that do not hold: the key and the fault.
@Suite(.longWork) struct SettingsTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, yaml: String, says: [String]
        var environment: [String] = []
        var testDescription: String { name }
    }

    private static func hook(_ rows: String) -> String { "webhooks: [\(rows)]" }

    /// The settings that are shipped, which are no policy.
    private static let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/postern.yaml").standardizedFileURL.path

    @Test(arguments: [
        Row(name: "not YAML", yaml: "a: [", says: ["is not YAML"]),
        Row(name: "not a map", yaml: "- a", says: ["is not a map"]),
        Row(name: "unknown key", yaml: "listne: x", says: ["listne", "is no setting", "there is listen"]),
        Row(name: "unknown inner key", yaml: "dns:\n  server: 1", says: ["dns.server", "is no setting"]),
        Row(name: "no address", yaml: "listen: [\"nowhere\"]", says: ["listen", "HOST:PORT", "nowhere"]),
        Row(name: "port too large", yaml: "listen: [\"127.0.0.1:70000\"]", says: ["listen", "70000"]),
        Row(name: "limit of nothing", yaml: "rate_limits:\n  mailbox: [{counts: recipients, limit: 0, per: 1h}]", says: ["rate_limits.mailbox[0].limit", "is 0"]),
        Row(name: "limit below nothing", yaml: "rate_limits:\n  site: [{counts: recipients, limit: 5, per: 1h}, {counts: messages, limit: -5, per: 1h}]", says: ["rate_limits.site[1].limit", "is -5"]),
        Row(name: "window too long", yaml: "rate_limits:\n  mailbox: [{counts: recipients, limit: 5, per: 1y}]", says: ["rate_limits.mailbox[0].per", "1y"]),
        Row(name: "limit of something else", yaml: "rate_limits:\n  mailbox: [{counts: stars, limit: 5, per: 1h}]", says: ["rate_limits.mailbox[0].counts", "recipients", "stars"]),
        Row(name: "limits of no list", yaml: "rate_limits:\n  mailbox: 100", says: ["rate_limits.mailbox", "is not a list"]),
        Row(name: "limits of nobody", yaml: "rate_limits:\n  planet: []", says: ["rate_limits.planet", "is no setting"]),
        Row(name: "the same limit twice", yaml: "rate_limits:\n  mailbox: [{counts: messages, limit: 5, per: 1h}, {counts: messages, limit: 6, per: 60m}]", says: ["rate_limits.mailbox[1]", "second limit of messages per 1h"]),
        Row(name: "a share beyond all", yaml: "watch:\n  signals:\n    bounces: {share: 101}", says: ["watch.signals.bounces.share", "101"]),
        Row(name: "too often at nothing", yaml: "watch:\n  signals:\n    spam: {least: 0}", says: ["watch.signals.spam.least", "0"]),
        Row(name: "a window below a slot", yaml: "watch:\n  signals:\n    spam: {per: 1m}", says: ["watch.signals.spam.per", "1m"]),
        Row(name: "a signal that there is not", yaml: "watch:\n  signals:\n    hunger: {least: 1}", says: ["watch.signals.hunger", "is no setting"]),
        Row(name: "frozen before it is throttled", yaml: "watch:\n  throttle: {at: 3}\n  freeze: {at: 2}", says: ["watch.freeze.at", "less than watch.throttle.at"]),
        Row(name: "a throttle of nothing", yaml: "watch:\n  throttle:\n    limits: [{counts: recipients, limit: 0, per: 1h}]", says: ["watch.throttle.limits[0].limit", "is 0"]),
        Row(name: "no resolver", yaml: "dns:\n  servers: [ns.example]", says: ["dns.servers", "ns.example"]),
        Row(name: "size", yaml: "limits:\n  body: 50MB", says: ["limits.body", "50MiB", "50MB"]),
        Row(name: "body above all bodies", yaml: "limits:\n  body: 50MiB\n  bodies: 10MiB", says: ["limits.bodies", "smaller"]),
        Row(name: "time", yaml: "deadline: 8", says: ["deadline", "8s"]),
        Row(name: "number", yaml: "workers:\n  at_once: none", says: ["workers.at_once", "whole number"]),
        Row(name: "TLS without key", yaml: "tls:\n  listen: [\"127.0.0.1:1\"]\n  certificate: /etc/hostname", says: ["tls.key", "missing"]),
        Row(name: "network", yaml: "internal_networks: [10.0.0.0/33]", says: ["internal_networks", "10.0.0.0/33"]),
        Row(name: "blocklist", yaml: "blocklists:\n  use: [spamhaus.zzz]", says: ["blocklists.use", "spamhaus.zzz"]),
        Row(name: "zone without a name", yaml: "blocklists:\n  zones: [{kind: addresses, code: x}]", says: ["blocklists.zones", "name"]),
        Row(name: "a list that needs a key", yaml: "blocklists:\n  use: [spamhaus.zrd]", says: ["spamhaus.zrd", "spamhaus_dqs_key"]),
        Row(name: "TLS rule", yaml: "tls_required: [{domains: example.org}]", says: ["tls_required", "applies_to"]),
        Row(name: "policy missing", yaml: "policy:\n  file: /nonexistent", says: ["policy.file", "/nonexistent"]),
        Row(name: "outbound policy missing", yaml: "policy:\n  outbound_file: /nonexistent", says: ["policy.outbound_file", "/nonexistent"]),
        Row(name: "outbound policy without rules", yaml: "policy:\n  outbound_file: \(shipped)", says: ["policy.outbound_file", "rules", "missing"]),
        Row(name: "own addresses", yaml: "own_addresses: [mx.example.org]", says: ["own_addresses", "IP address", "mx.example.org"]),
        Row(name: "too many own addresses", yaml: "own_addresses: [\((1...9).map { "192.0.2.\($0)" }.joined(separator: ", "))]", says: ["own_addresses", "more than 8"]),
        Row(name: "TLS rule with a slip", yaml: "tls_required: [{domains: example.org, applies_to: sender, minimun_version: TLSv1.3}]", says: ["tls_required", "minimun_version"]),
        Row(name: "zone with a slip", yaml: "blocklists:\n  zones: [{name: bl.example.org, kind: addresses, code: x, answer: {}}]", says: ["blocklists.zones", "answer"]),
        Row(name: "structure in the environment", yaml: "", says: ["POSTERN_TLS_REQUIRED", "in the file only"], environment: ["POSTERN_TLS_REQUIRED=x"]),
        Row(name: "no scanner", yaml: "malware:\n  program: /nonexistent", says: ["malware.program", "/nonexistent", "make build"]),
        Row(name: "the scanner's user", yaml: "malware:\n  user: nobody-of-that-name", says: ["malware.user", "nobody-of-that-name"]),
        Row(name: "the scanner as root", yaml: "malware:\n  user: root", says: ["malware.user", "root"]),
        Row(name: "a name that is none", yaml: "names:\n  people: [X]", says: ["names.people", "3 to 100", "X"]),
        Row(name: "a person of one word", yaml: "names:\n  people: [Erika]", says: ["names.people", "one word", "Erika"]),
        Row(name: "a brand without domains", yaml: "names:\n  brands: [{name: Example Bank}]", says: ["names.brands", "Example Bank"]),
        Row(name: "a brand with a slip", yaml: "names:\n  brands: [{name: Example Bank, domain: [example.com]}]", says: ["names.brands", "domain"]),
        Row(name: "a brand's domain", yaml: "names:\n  brands: [{name: Example Bank, domains: [localhost]}]", says: ["names.brands", "domain name"]),
        Row(name: "webhooks of no list", yaml: "webhooks: {name: a}", says: ["webhooks", "is not a list"]),
        Row(name: "a webhook of no map", yaml: "webhooks: [panel]", says: ["webhooks[0]", "is not a map"]),
        Row(name: "a webhook with a slip", yaml: hook("{name: a, url: 'https://a.example', secret: x}"), says: ["webhooks", "secret"]),
        Row(name: "a webhook without a name", yaml: hook("{url: 'https://a.example'}"), says: ["webhooks[0].name", "missing"]),
        Row(name: "a webhook's name", yaml: hook("{name: A B, url: 'https://a.example'}"), says: ["webhooks[0].name", "lower-case", "A B"]),
        Row(name: "a webhook without a URL", yaml: hook("{name: a, secret_file: /etc/hostname}"), says: ["webhooks[0].url", "missing"]),
        Row(name: "a webhook's scheme", yaml: hook("{name: a, url: 'ftp://a.example'}"), says: ["webhooks[0].url", "https://"]),
        Row(name: "a webhook's fragment", yaml: hook("{name: a, url: 'https://a.example/#x'}"), says: ["webhooks[0].url", "fragment"]),
        Row(name: "a webhook without a secret", yaml: hook("{name: a, url: 'https://a.example'}"), says: ["webhooks[0].secret_file", "missing"]),
        Row(name: "a webhook's secret that is not there", yaml: hook("{name: a, url: 'https://a.example', secret_file: /nonexistent}"), says: ["webhooks[0].secret_file", "/nonexistent"]),
        Row(name: "a webhook's secret that is too short", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/sys/kernel/ostype}"), says: ["webhooks[0].secret_file", "24 octets"]),
        Row(name: "a webhook's events", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/version, events: [sender.lost]}"), says: ["webhooks[0].events", "sender.frozen", "sender.lost"]),
        Row(name: "a webhook of no events", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/version, events: []}"), says: ["webhooks[0].events", "leave it out"]),
        Row(name: "a webhook's timeout", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/version, timeout: 2m}"), says: ["webhooks[0].timeout", "60s", "2m"]),
        Row(name: "a webhook's certificates", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/version, ca_file: /nonexistent}"), says: ["webhooks[0].ca_file", "/nonexistent"]),
        Row(name: "two webhooks of one name", yaml: hook("{name: a, url: 'https://a.example', secret_file: /proc/version}, {name: a, url: 'https://b.example', secret_file: /proc/version}"), says: ["webhooks[1].name", "another webhook"]),
        Row(name: "too many webhooks", yaml: hook((0..<17).map { "{name: w\($0), url: 'https://a.example', secret_file: /proc/version}" }.joined(separator: ", ")), says: ["webhooks", "more than 16"]),
        Row(name: "webhooks in the environment", yaml: "", says: ["POSTERN_WEBHOOKS", "in the file only"], environment: ["POSTERN_WEBHOOKS=x"]),
        Row(name: "events for too short", yaml: "notices:\n  retention: 31d", says: ["notices.retention", "31d"]),
        Row(name: "environment", yaml: "", says: ["POSTERN_DEADLINE", "never"], environment: ["POSTERN_DEADLINE=never"]),
        Row(name: "unknown variable", yaml: "", says: ["POSTERN_LISTNE", "is no setting"], environment: ["POSTERN_LISTNE=1"]),
    ])
    func faults(_ row: Row) async throws {
        let (status, text) = try await Self.check(row.yaml, row.environment)
        #expect(status != 0)
        for part in row.says { #expect(text.contains(part), "\(text)") }
    }

    /// A parser shows lines of a text, however long they are.
    @Test func aLongLineIsCut() async throws {
        let (status, text) = try await Self.check("a: [\n" + String(repeating: "x", count: 60_000) + ": ]: }", [])
        #expect(status != 0 && text.contains("is not YAML") && text.utf8.count < 1000, "\(text.prefix(500))")
    }

    /// What a URL holds is shown to nobody.
    @Test(arguments: ["https://anna:hidden@a.example/", "https://hidden@a.example", "http://a.example/x@y z?key=hidden", "hidden@nowhere"]) func aURLIsNotShown(_ url: String) async throws {
        let (status, text) = try await Self.check("webhooks: [{name: a, url: '\(url)', secret_file: /proc/version}]", [])
        #expect(status != 0 && text.contains("webhooks[0].url") && !text.contains("hidden"), "\(text)")
    }

    @Test func webhooksThatHold() async throws {
        let (status, text) = try await Self.check("notices: {retention: 32d}\n" + Self.hook("{name: a-1, url: 'HTTPS://[::1]:8443?x=y@z', secret_file: /proc/version, events: [limit.near], tenant: acme, timeout: 500ms, ca_file: }, {name: b_2, url: 'http://panel.example.org/a%20b', secret_file: /proc/version}"), [])
        #expect(status == 0 && text.contains("The settings hold"), "\(text)")
    }

    @Test func theShippedSettingsHold() async throws {
        let (status, text) = try await Self.check(String(contentsOfFile: Self.shipped, encoding: .utf8), [])
        #expect(status == 0, "\(text)")
        #expect(text.contains("The settings hold"))
    }

    static func check(_ yaml: String, _ environment: [String]) async throws -> (Int32, String) {
        let folder = try TemporaryFolder()
        try folder.write(yaml, to: "postern.yaml")
        let status = try await blocking {
            try ChildProcess(RunningService.program, ["settings", "--config", "\(folder.path)/postern.yaml"], environment: environment, log: "\(folder.path)/log").wait()
        }
        return (status, try folder.read("log"))
    }

    /// What limits and restraints cannot do in a policy for what goes out.
    @Test(arguments: [
        ("limit.exceeded: 5", "rules.limit.exceeded", "has a weight"), ("limit.near: {action: defer}", "rules.limit.near", "only tells"), ("limit.held: {action: defer}", "rules.limit.held", "is not {action: hold}"),
        ("sender.frozen: 3", "rules.sender.frozen", "has a weight"), ("sender.frozen: {action: quarantine}", "rules.sender.frozen", "neither defer nor reject"), ("sender.throttled: {action: reject}", "rules.sender.throttled", "only tells"),
        ("sender.*: {action: accept}", "rules.sender.*", "neither defer nor reject"),
    ]) func policyOfWhatGoesOut(row: String, key: String, says: String) async throws {
        let folder = try TemporaryFolder()
        try folder.write("rules:\n  \(row)\n", to: "out.yaml")
        let (status, text) = try await Self.check("policy:\n  outbound_file: \(folder.path)/out.yaml\n", [])
        #expect(status != 0 && text.contains(key) && text.contains(says), "\(text)")
    }
}
