package import DNS

/// What every `Resolver` must do with the same zone: the twin in memory and the real one.
package enum ResolverConformance {
    package struct Row: Sendable, CustomStringConvertible {
        package let row: String
        package let name: String
        package let type: RecordType
        /// In any order; nil for no records.
        package let records: [RecordData]?
        /// Without records: whether not even the name exists.
        package let nameError: Bool

        package var description: String { row }

        init(_ row: String, _ name: String, _ type: RecordType, _ records: [RecordData]) {
            self.row = row; self.name = name; self.type = type; self.records = records; nameError = false
        }

        init(_ row: String, _ name: String, _ type: RecordType, nameError: Bool) {
            self.row = row; self.name = name; self.type = type; records = nil; self.nameError = nameError
        }

        /// What is wrong with an answer; nil when it is right. The DNSSEC status is not looked at.
        package func complaint(about answer: DNSAnswer) -> String? {
            switch (answer, records) {
            case (.records(let found, _), let wanted?) where Set(found) == Set(wanted) && found.count == wanted.count: nil
            case (.noData, nil) where !nameError: nil
            case (.nameError, nil) where nameError: nil
            default: "\(name) \(type): \(answer)"
            }
        }
    }

    private static let longText = (0..<10).map { String(repeating: String($0), count: 200) }.joined()

    private static let zone: [(name: String, type: RecordType, data: RecordData)] = [
        ("a.example", .a, address("192.0.2.1")), ("a.example", .a, address("192.0.2.2")), ("a.example", .aaaa, address("2001:db8::1")),
        ("only6.example", .aaaa, address("2001:db8::6")),
        ("alias.example", .cname, name("a.example")), ("alias2.example", .cname, name("alias.example")),
        ("dangling.example", .cname, name("nowhere.example")), ("toempty.example", .cname, name("mail.example")),
        ("mail.example", .mx, .exchange(10, plain("mx1.example"))), ("mail.example", .mx, .exchange(20, plain("mx2.example"))),
        ("null.example", .mx, .exchange(0, DomainName(trusted: ""))),
        ("text.example", .txt, .text(Array("v=spf1 -all".utf8))), ("long.example", .txt, .text(Array(longText.utf8))),
        ("empty.example", .txt, .text([])),
        ("_25._tcp.mx1.example", .tlsa, .tlsa(usage: 3, selector: 1, matching: 1, data: Array(0..<32))),
        ("1.2.0.192.in-addr.arpa", .ptr, name("a.example")), ("1.2.0.192.in-addr.arpa", .ptr, name("b.example")),
        ("listed.dnsbl.test", .a, address("127.255.255.254")), ("1.0.0.10.in-addr.arpa", .ptr, name("inside.example")),
        ("under_score.example", .a, address("192.0.2.9")),
    ]

    package static let rows: [Row] = [
        Row("two addresses", "a.example", .a, [address("192.0.2.1"), address("192.0.2.2")]),
        Row("an IPv6 address", "a.example", .aaaa, [address("2001:db8::1")]),
        Row("through one CNAME", "alias.example", .a, [address("192.0.2.1"), address("192.0.2.2")]),
        Row("through two CNAMEs", "alias2.example", .aaaa, [address("2001:db8::1")]),
        Row("the CNAME itself", "alias2.example", .cname, [name("alias.example")]),
        Row("a CNAME to nowhere", "dangling.example", .a, nameError: true),
        Row("a CNAME to a name without that type", "toempty.example", .a, nameError: false),
        Row("a name without that type", "only6.example", .a, nameError: false),
        Row("a name between, with no records", "_tcp.mx1.example", .txt, nameError: false),
        Row("no such name", "nowhere.example", .a, nameError: true),
        Row("mail exchanges", "mail.example", .mx, [.exchange(10, plain("mx1.example")), .exchange(20, plain("mx2.example"))]),
        Row("a null MX", "null.example", .mx, [.exchange(0, DomainName(trusted: ""))]),
        Row("text", "text.example", .txt, [.text(Array("v=spf1 -all".utf8))]),
        Row("text of ten strings, too long for UDP", "long.example", .txt, [.text(Array(longText.utf8))]),
        Row("an empty text", "empty.example", .txt, [.text([])]),
        Row("TLSA", "_25._tcp.mx1.example", .tlsa, [.tlsa(usage: 3, selector: 1, matching: 1, data: Array(0..<32))]),
        Row("two names of an address", "1.2.0.192.in-addr.arpa", .ptr, [name("a.example"), name("b.example")]),
        Row("a private address", "1.0.0.10.in-addr.arpa", .ptr, [name("inside.example")]),
        Row("an address without a name", "2.2.0.192.in-addr.arpa", .ptr, nameError: true),
        Row("a list's answer", "listed.dnsbl.test", .a, [address("127.255.255.254")]),
        Row("not listed", "clean.dnsbl.test", .a, nameError: true),
        Row("an underscore", "under_score.example", .a, [address("192.0.2.9")]),
    ]

    /// Fills the twin with the zone.
    package static func fill(_ memory: MemoryResolver) {
        for record in zone { memory.add(record.name, record.type, record.data) }
    }

    /// The zone as the file of a synthetic root. TTL 300 s, negative TTL 7 s.
    package static var zoneFile: String {
        ". 3600 IN SOA ns. hostmaster. 1 3600 600 86400 7\n. 300 IN NS ns.\nns. 300 IN A 127.0.0.1\n"
            + zone.map { "\($0.name). 300 IN \(words($0.type, $0.data))\n" }.joined()
    }

    private static func words(_ type: RecordType, _ data: RecordData) -> String {
        switch data {
        case .address(let address): "\(address.isV4 ? "A" : "AAAA") \(address)"
        case .name(let name): "\(type == .ptr ? "PTR" : "CNAME") \(name.text)."
        case .exchange(let preference, let host): "MX \(preference) \(host.text)."
        case .text(let octets):
            "TXT " + (octets.isEmpty ? "\"\"" : stride(from: 0, to: octets.count, by: 200)
                .map { "\"" + String(decoding: octets[$0..<min(octets.count, $0 + 200)], as: UTF8.self) + "\"" }.joined(separator: " "))
        case .tlsa(let usage, let selector, let matching, let data):
            "TLSA \(usage) \(selector) \(matching) " + data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    private static func plain(_ text: String) -> DomainName { DomainName(trusted: text) }
    private static func name(_ text: String) -> RecordData { .name(DomainName(trusted: text)) }
    private static func address(_ text: String) -> RecordData {
        guard let address = IPAddress(text) else { preconditionFailure("not an address: \(text)") }
        return .address(address)
    }
}
