import DNS
import Foundation
import JSON
import Testing
import TransportSecurity

struct TLSVersionTests {
    static let rows: [(String, TLSVersion?)] = [
        ("TLSv1.3", .tls13), ("TLS1.3", .tls13), ("TLS1.3:TLS_AES_256_GCM_SHA384:256", .tls13), ("TLS1_2", .tls12), ("Tls12", .tls12),
        ("Tls13", .tls13), ("Tls11", .tls11), ("Tls", .tls10), ("TLSv1", .tls10), ("TLS1.0", .tls10), ("TLSv1.0", .tls10), ("TLS 1.2", .tls12),
        ("TLSv1.1", .tls11), ("SSLv3", .ssl3), ("Ssl3", .ssl3), ("SSLv2", .ssl2), ("SSL3.0", .ssl3), ("tlsv1_2", .tls12), ("TLS-1.2", .tls12),
        ("SP_PROT_TLS1_2_SERVER", .tls12), ("SP_PROT_TLS1_0_SERVER", .tls10), ("version=TLS1_3", .tls13),
        ("", nil), ("TLSv9.9", nil), ("TLSv2", nil), ("yes", nil), ("1.2", nil), ("TLS_AES_256_GCM_SHA384", nil), ("SSLv4", nil), ("TLSv1.33", nil),
    ]

    @Test(arguments: rows) func spelling(_ text: String, _ version: TLSVersion?) {
        #expect(TLSVersion(text) == version)
    }

    @Test func deprecationFollowsRFC8996() {
        #expect(TLSVersion.allCases.filter(\.isDeprecated) == [.ssl2, .ssl3, .tls10, .tls11])
        #expect(TLSVersion.allCases == TLSVersion.allCases.sorted())
    }
}

struct CipherWeaknessTests {
    static let rows: [(String, CipherWeakness?)] = [
        ("TLS_AES_256_GCM_SHA384", nil), ("ECDHE-RSA-AES128-GCM-SHA256", nil), ("TLS1.3:TLS_AES_256_GCM_SHA384:256", nil),
        ("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", nil), ("ECDHE-ECDSA-CHACHA20-POLY1305", nil),
        ("NULL-SHA256", .null), ("TLS_RSA_WITH_NULL_SHA", .null), ("ADH-NULL-SHA", .null),
        ("EXP-RC4-MD5", .export), ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", .export), ("EXP1024-DES-CBC-SHA", .export),
        ("RC4-SHA", .rc4), ("ECDHE-RSA-RC4-SHA", .rc4), ("TLS_RSA_WITH_RC4_128_SHA", .rc4), ("RSA_ARCFOUR_128_SHA1", .rc4),
        ("DES-CBC3-SHA", .tripleDES), ("ECDHE-RSA-DES-CBC3-SHA", .tripleDES), ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", .tripleDES), ("RSA__3DES_EDE_CBC__SHA1", .tripleDES),
        ("DES-CBC-SHA", .des), ("TLS_RSA_WITH_DES_CBC_SHA", .des), ("RC2-CBC-MD5", .des),
        ("ADH-AES256-SHA", .anonymous), ("AECDH-AES256-SHA", .anonymous), ("TLS_DH_anon_WITH_AES_128_CBC_SHA", .anonymous), ("DH_ANON_AES_128", .anonymous),
        ("TLS1.2:UNKNOWN:56", .fewBits), ("TLS1.2:UNKNOWN:112", .fewBits), ("TLS1.2:UNKNOWN:128", nil), ("", nil),
    ]

    @Test(arguments: rows) func suite(_ name: String, _ weakness: CipherWeakness?) {
        #expect(CipherWeakness.of(name) == weakness)
    }
}

struct TransportCheckTests {
    private func pattern(_ text: String) throws -> DomainPattern { try #require(DomainPattern(text)) }
    private func name(_ text: String) throws -> DomainName { try #require(DomainName(text)) }

    struct FactRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var version: String?, cipher: String?
        var encrypted: Bool
        var read: TLSVersion? = nil
        var deprecated: Bool? = nil
        var weak = false
        var hasProblem = false
    }

    static let facts: [FactRow] = [
        FactRow(testDescription: "Postfix", version: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", encrypted: true, read: .tls13, deprecated: false),
        FactRow(testDescription: "Exim, one text", version: nil, cipher: "TLS1.2:ECDHE-RSA-AES128-SHA:128", encrypted: true, read: .tls12, deprecated: false),
        FactRow(testDescription: "Exim, the text as version", version: "TLS1.2:DES-CBC3-SHA:112", cipher: nil, encrypted: true, read: .tls12, deprecated: false, weak: true),
        FactRow(testDescription: "no TLS", version: nil, cipher: nil, encrypted: false),
        FactRow(testDescription: "no TLS, empty texts", version: "", cipher: "", encrypted: false),
        FactRow(testDescription: "no TLS in words", version: "none", cipher: "(NONE)", encrypted: false),
        FactRow(testDescription: "old", version: "TLSv1", cipher: "AES256-SHA", encrypted: true, read: .tls10, deprecated: true),
        FactRow(testDescription: "not understood", version: "QUICv1", cipher: nil, encrypted: true, hasProblem: true),
        FactRow(testDescription: "not told", version: nil, cipher: "AES256-SHA", encrypted: true, hasProblem: true),
        FactRow(testDescription: "endless text", version: String(repeating: "x", count: 100_000), cipher: nil, encrypted: true, hasProblem: true),
    ]

    @Test(arguments: facts) func whatWasTold(_ row: FactRow) {
        let found = TransportCheck().check(TransportFacts(version: row.version, cipher: row.cipher))
        #expect(found.encrypted == row.encrypted && found.version == row.read && found.deprecated == row.deprecated)
        #expect(found.weak == row.weak && (found.problem != nil) == row.hasProblem)
        #expect(found.required == nil && found.satisfied == nil && found.action == nil)
    }

    struct RuleRow: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var domains = "*", scope = TLSRule.Scope.any, minimum: TLSVersion? = nil, strong = true
        var version: String? = nil, cipher: String? = "TLS_AES_256_GCM_SHA384"
        var sender: String? = "example.org", recipients = ["example.net"], authenticated = false
        var applies = true
        var satisfied: Bool? = nil
    }

    static let rules: [RuleRow] = [
        RuleRow(testDescription: "plain text against *", cipher: nil, satisfied: false),
        RuleRow(testDescription: "TLS 1.3 against *", version: "TLSv1.3", satisfied: true),
        RuleRow(testDescription: "deprecated without a stated minimum", version: "TLSv1.1", satisfied: false),
        RuleRow(testDescription: "below the minimum", minimum: .tls13, version: "TLSv1.2", satisfied: false),
        RuleRow(testDescription: "a lower minimum is the operator's choice", minimum: .tls10, version: "TLSv1", satisfied: true),
        RuleRow(testDescription: "weak cipher", version: "TLSv1.2", cipher: "RC4-SHA", satisfied: false),
        RuleRow(testDescription: "weak cipher allowed", strong: false, version: "TLSv1.2", cipher: "RC4-SHA", satisfied: true),
        RuleRow(testDescription: "version could not be known", version: "QUIC", satisfied: nil),
        RuleRow(testDescription: "cipher was not told", version: "TLSv1.2", cipher: nil, satisfied: nil),
        RuleRow(testDescription: "TLS 1.3 has no weak cipher to tell", version: "TLSv1.3", cipher: nil, satisfied: true),
        RuleRow(testDescription: "cipher was not told and does not matter", strong: false, version: "TLSv1.3", cipher: nil, satisfied: true),
        RuleRow(testDescription: "exact domain", domains: "example.org", scope: .sender, cipher: nil, satisfied: false),
        RuleRow(testDescription: "exact domain, not below it", domains: "example.org", scope: .sender, cipher: nil, sender: "a.example.org", applies: false),
        RuleRow(testDescription: "below a domain", domains: ".example.org", scope: .sender, cipher: nil, sender: "a.example.org", satisfied: false),
        RuleRow(testDescription: "the domain itself by .domain", domains: ".example.org", scope: .sender, cipher: nil, satisfied: false),
        RuleRow(testDescription: "not a name that only ends alike", domains: ".example.org", scope: .sender, cipher: nil, sender: "myexample.org", applies: false),
        RuleRow(testDescription: "recipient rule, sender has the domain", domains: "example.org", scope: .recipient, cipher: nil, applies: false),
        RuleRow(testDescription: "one of the recipients", domains: "example.com", scope: .recipient, cipher: nil, recipients: ["example.net", "example.com"], satisfied: false),
        RuleRow(testDescription: "either side", domains: "example.net", scope: .any, cipher: nil, satisfied: false),
        RuleRow(testDescription: "submission, not authenticated", scope: .submission, cipher: nil, applies: false),
        RuleRow(testDescription: "submission, authenticated", scope: .submission, cipher: nil, authenticated: true, satisfied: false),
        RuleRow(testDescription: "null sender and *", scope: .sender, cipher: nil, sender: nil, satisfied: false),
        RuleRow(testDescription: "null sender and a domain", domains: "example.org", scope: .sender, cipher: nil, sender: nil, applies: false),
    ]

    @Test(arguments: rules) func rule(_ row: RuleRow) throws {
        let rule = TLSRule(domains: try pattern(row.domains), appliesTo: row.scope, minimumVersion: row.minimum, requireStrongCipher: row.strong, action: .reject)
        let facts = TransportFacts(version: row.version, cipher: row.cipher, sender: try row.sender.map { try name($0) },
                                   recipients: try row.recipients.map { try name($0) }, isAuthenticated: row.authenticated)
        let found = TransportCheck(rules: [rule]).check(facts)
        #expect((found.required != nil) == row.applies)
        #expect(found.satisfied == row.satisfied)
        #expect(found.action == (row.satisfied == false ? .reject : nil))
        if row.applies, row.satisfied == nil { #expect(found.problem != nil) }
    }

    @Test func rejectionOutweighsDeferral() throws {
        let rules = [TLSRule(domains: .every, appliesTo: .any, action: .defer),
                     TLSRule(domains: try pattern("example.net"), appliesTo: .recipient, action: .reject),
                     TLSRule(domains: .every, appliesTo: .any, minimumVersion: .tls13, action: .reject)]
        let found = TransportCheck(rules: rules).check(TransportFacts(version: nil, cipher: nil, recipients: [try name("example.net")]))
        #expect(found.required == rules[1] && found.action == .reject && found.satisfied == false)
    }

    @Test func unmetOutweighsUnknownOutweighsMet() throws {
        let lax = TLSRule(domains: .every, appliesTo: .any, requireStrongCipher: false), strict = TLSRule(domains: .every, appliesTo: .any)
        let found = TransportCheck(rules: [lax, strict]).check(TransportFacts(version: "TLSv1.2", cipher: nil))
        #expect(found.required == strict && found.satisfied == nil && found.action == nil)
    }

    @Test(arguments: ["", ".", "..", "a..b", ".a..b"]) func badPatterns(_ text: String) { #expect(DomainPattern(text) == nil) }

    @Test func jsonComesBack() throws {
        let rule = TLSRule(domains: try pattern(".example.org"), appliesTo: .submission, minimumVersion: .tls12)
        let found = TransportCheck(rules: [rule]).check(TransportFacts(version: "TLSv1", cipher: "RC4-SHA", sender: try name("example.org"), isAuthenticated: true))
        let data = Data(jsonOctets(found)), text = String(decoding: data, as: UTF8.self)
        #expect(text.contains("\"weak\":true") && text.contains("\"minimum_version\":\"TLSv1.2\"") && text.contains("\"domains\":\".example.org\""))
        #expect(try JSONDecoder().decode(TransportOutcome.self, from: data) == found)
    }
}
