import DNS
import Foundation
import Notices
import Yams

/// What the settings say of events and webhooks.
struct NoticeSettings: Sendable {
    var webhooks: [Webhook] = []
    /// Days for which events are kept.
    var retention: Int
    /// Names of webhooks whose events go over a network that anybody may listen to.
    var unencrypted: [String] = []
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`, which never shows a secret or what a URL holds.
    static func notices(_ tree: SettingsTree) throws -> NoticeSettings {
        let day = 86_400_000
        // A month's window gives its warning once: what is said once must be known for longer than that.
        var settings = NoticeSettings(retention: (try tree.milliseconds("notices.retention", in: (32 * day)...(3650 * day)) ?? 90 * day) / day)
        guard let node = try tree.structure("webhooks") else { return settings }
        guard let rows = node.sequence else { throw tree.fault("webhooks", "is not a list of webhooks") }
        guard rows.count <= Webhook.most else { throw tree.fault("webhooks", "has more than \(Webhook.most) webhooks") }
        for (place, node) in rows.enumerated() {
            let row = WebhookRow(key: "webhooks[\(place)]", node: node)
            try tree.check(node, of: "webhooks", members: WebhookRow.members)
            let webhook = try row.webhook()
            if settings.webhooks.contains(where: { $0.name == webhook.name }) { throw row.fault("name", "is that of another webhook: \(webhook.name)") }
            settings.webhooks.append(webhook)
            if try row.url().isUnencrypted { settings.unencrypted.append(webhook.name) }
        }
        return settings
    }
}

/// A webhook as it is written.
private struct WebhookRow {
    static let members: Set<String> = ["name", "url", "secret_file", "events", "tenant", "ca_file", "timeout"]
    /// Its place, for faults.
    let key: String
    let node: Node

    func fault(_ member: String, _ problem: String) -> SettingsTree.Fault {
        let line = (node.mapping?[Node(member)] ?? node).mark.map { " (line \($0.line))" } ?? ""
        return SettingsTree.Fault(key: "\(key).\(member)", problem: problem + line)
    }

    private func text(_ member: String) throws -> String? {
        guard let value = node.mapping?[Node(member)] else { return nil }
        guard let scalar = value.scalar else { throw fault(member, "is not a single value") }
        if scalar.style == .plain, ["", "~", "null"].contains(scalar.string) { return nil }
        return scalar.string
    }

    func webhook() throws -> Webhook {
        guard node.mapping != nil else { throw SettingsTree.Fault(key: key, problem: "is not a map such as {name: panel, url: https://panel.example.org/hook, secret_file: /etc/postern/panel.secret}") }
        guard let name = try text("name") else { throw fault("name", "is missing") }
        guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 || $0 >= 97 && $0 <= 122 || $0 == 45 || $0 == 95 }) else { throw fault("name", "is not 1 to 64 lower-case letters, digits, - and _: \(name)") }
        let tenant = try text("tenant"), url = try url()
        if let tenant, tenant.utf8.count > 255 || tenant.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) { throw fault("tenant", "has not 1 to 255 printable octets") }
        var webhook = Webhook(WebhookSubscription(name: name, tenant: tenant, kinds: try kinds()), base: url.base, path: url.path, secret: try secret())
        webhook.caFile = try text("ca_file")
        if let file = webhook.caFile, !FileManager.default.isReadableFile(atPath: file) { throw fault("ca_file", "cannot be read: \(file)") }
        if let timeout = try timeout() { webhook.timeout = timeout }
        return webhook
    }

    private func kinds() throws -> Set<Notice.Kind>? {
        guard let value = node.mapping?[Node("events")] else { return nil }
        guard let list = value.sequence, !list.isEmpty else { throw fault("events", "is not a list of events; leave it out for all") }
        return Set(try list.map { each in
            guard let kind = each.scalar.flatMap({ Notice.Kind(rawValue: $0.string) }) else {
                throw fault("events", "has what is none of \(Notice.Kind.allCases.map(\.rawValue).joined(separator: ", ")): \(each.scalar?.string ?? "a list or a map")")
            }
            return kind
        })
    }

    /// - Throws: a fault that does not show the URL: it may hold a secret.
    func url() throws -> WebhookURL {
        guard let text = try text("url") else { throw fault("url", "is missing") }
        if WebhookURL.hasUser(text) { throw fault("url", "has a user in it, which is not sent: the receiver knows us by the signature") }
        guard let url = WebhookURL(text) else { throw fault("url", "is not a URL such as https://panel.example.org/hook, in printable ASCII, at most 2048 octets, without a fragment") }
        return url
    }

    private func secret() throws -> WebhookSecret {
        guard let path = try text("secret_file") else { throw fault("secret_file", "is missing: its first line is the secret by which the receiver knows us") }
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: WebhookSecret.longest + 2) else { throw fault("secret_file", "cannot be read: \(path)") }
        let line = data.prefix { $0 != 10 && $0 != 13 }
        guard let text = String(data: line, encoding: .utf8), let secret = WebhookSecret(text) else {
            throw fault("secret_file", "has not at least \(WebhookSecret.least) octets in its first line, as text or as whsec_ and base64 (echo \"whsec_$(openssl rand -base64 32)\" makes one): \(path)")
        }
        return secret
    }

    private func timeout() throws -> Duration? {
        guard let text = try text("timeout") else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }, factor = ["ms": 1, "s": 1000][text.dropFirst(digits.count)]
        guard digits.count <= 6, let number = Int(digits), let factor, (100...60_000).contains(number * factor) else { throw fault("timeout", "is not a time from 100ms to 60s, such as 10s: \(text)") }
        return .milliseconds(number * factor)
    }
}

/// The URL of a webhook in the two parts in which it is asked.
struct WebhookURL: Sendable, Equatable {
    let base: String
    let path: String
    /// Whether it is http, and to another machine.
    let isUnencrypted: Bool

    /// - Returns: nil where it is no URL of http or https in printable ASCII, with a host, without a user and a fragment.
    init?(_ text: String) {
        guard text.utf8.count <= 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !Self.hasUser(text),
              let parts = URLComponents(string: text, encodingInvalidCharacters: false), let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme),
              let host = parts.host, !host.isEmpty, parts.user == nil, parts.password == nil, parts.fragment == nil, parts.port.map({ (1...65_535).contains($0) }) ?? true,
              let start = text.range(of: "://")?.upperBound else { return nil }
        let rest = text[start...], end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        base = scheme + "://" + rest[..<end]
        path = (rest[end...].first == "/" ? "" : "/") + rest[end...]
        let bare = host.trimmingCharacters(in: ["[", "]"]), address = IPAddress(bare)?.unmapped
        let isLocal = bare.lowercased() == "localhost" || address.map { address in Self.local.contains { $0.contains(address) } } == true
        isUnencrypted = scheme == "http" && !isLocal
    }

    private static let local = ["127.0.0.0/8", "::1/128"].compactMap { IPNetwork($0) }

    /// Whether there is a user in it, also in what is no URL otherwise.
    static func hasUser(_ text: String) -> Bool {
        guard let start = text.range(of: "://")?.upperBound else { return text.contains("@") }
        return text[start...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }.contains("@")
    }
}
