import DKIM
import DMARC
import DNS
import Foundation
import Mail
import SPF
import TestSupport
import Testing

/// The cases of rspamd that assert something of DMARC or ARC, with its own records for a zone.
@Suite(Suites.needed()) struct RspamdTests {
    struct Case {
        let name: String, message: String
        let metadata: [String: String]
        /// Symbols that are expected.
        let symbols: [String]
    }

    static func cases(_ prefix: String) throws -> [Case] {
        String(decoding: try Suites.octets("peer/rspamd/rspamd-cases.tsv"), as: UTF8.self).split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count >= 5, columns[0].hasPrefix("001_merged") else { return nil }
            let symbols = columns[4].components(separatedBy: " ; ").filter { $0.hasPrefix("Expect Symbol") }
                .compactMap { $0.split(separator: "=").dropFirst().first.map(String.init) }.filter { $0.hasPrefix(prefix) }
            guard !symbols.isEmpty else { return nil }
            var metadata: [String: String] = [:]
            for pair in columns[3].components(separatedBy: " | ") {
                let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
                if words.count == 2 { metadata[words[0]] = words[1] }
            }
            return Case(name: columns[1], message: columns[2], metadata: metadata, symbols: symbols)
        }
    }

    static func resolver() throws -> MemoryResolver {
        struct Record: Decodable { let config: String, name: String, type: String, replies: [String], rcode: String }
        let resolver = MemoryResolver()
        for record in try JSONDecoder().decode([Record].self, from: Data(try Suites.octets("peer/rspamd/rspamd-fake-dns.json"))) where record.config == "merged-local.conf" {
            guard DomainName(record.name) != nil else { continue }
            switch (record.rcode, record.type) {
            case ("timeout", "TXT"): resolver.fail(record.name, .txt)
            case ("timeout", "A"): resolver.fail(record.name, .a)
            case ("timeout", "MX"): resolver.fail(record.name, .mx)
            case (_, "TXT"): for text in record.replies { resolver.txt(record.name, text) }
            case (_, "A"), (_, "AAAA"): for text in record.replies where IPAddress(text) != nil { resolver.a(record.name, text) }
            default: break
            }
        }
        return resolver
    }

    /// Where RFC 9989 says something else than rspamd, which knows organizations from the list of public suffixes.
    static let differing: [String: (result: DMARCResult, why: String)] = [
        "DMARC SUBDOMAIN PASS DKIM RELAXED ALIGNMENT": (.fail, "RFC 9989 §4.10.2: mom.za.org has no record, so my.mom.za.org, which has one, is an organization of its own"),
        "DMARC SUBDOMAIN PASS SPF RELAXED ALIGNMENT": (.fail, "the same"),
    ]

    @Test func dmarc() async throws {
        let resolver = try Self.resolver(), deadline = ContinuousClock.now + .seconds(60)
        let words: [String: (DMARCResult, DMARCPolicy)] = [
            "DMARC_POLICY_ALLOW": (.pass, .none), "DMARC_POLICY_SOFTFAIL": (.fail, .none), "DMARC_POLICY_QUARANTINE": (.fail, .quarantine), "DMARC_POLICY_REJECT": (.fail, .reject),
            "DMARC_DNSFAIL": (.temperror, .none), "DMARC_NA": (.none, .none),
        ]
        var ran = 0
        for row in try Self.cases("DMARC_") {
            let message = Message(octets: try Suites.octets("peer/rspamd/\(row.message)")), client = try #require(IPAddress(row.metadata["IP"] ?? "127.0.0.1"))
            let spf = await SPFEvaluator(resolver: resolver, receiver: "").evaluate(client: client, helo: row.metadata["Helo"] ?? "", mailFrom: row.metadata["From"], deadline: deadline, at: 1_700_000_000)
            let dkim = await DKIMVerifier(resolver: resolver).verify(message, at: 1_700_000_000, by: deadline)
            let outcome = await DMARCEvaluator(resolver: resolver).evaluate(DMARCAuthors(message), spf: spf, dkim: dkim, by: deadline)
            let symbol = try #require(row.symbols.first), expected = try #require(words[symbol], "\(symbol)")
            ran += 1
            if let other = Self.differing[row.name] {
                #expect(outcome.result == other.result, "\(row.name): \(outcome)")
            } else {
                #expect(outcome.result == expected.0 && outcome.disposition == expected.1, "\(row.name): \(outcome)")
            }
        }
        #expect(ran == 20)
        print("rspamd, DMARC: \(ran) cases, \(Self.differing.count) of them against RFC 9989 where rspamd differs")
    }

    /// The key of the second sealer is that of mail-auth's messages; the first sealer's is nowhere in the suites, so its seal cannot be verified.
    @Test func arc() async throws {
        let resolver = try Self.resolver(), google = "arc-20160816._domainkey.google.com"
        let keys = String(decoding: try Suites.octets("arc/mail-auth/arc/001.txt"), as: UTF8.self).split { $0.isNewline }
        resolver.txt(google, String(try #require(keys.first { $0.hasPrefix(google) }).dropFirst(google.count + 1)))
        var ran = 0
        for row in try Self.cases("ARC_") {
            let message = Message(octets: try Suites.octets("peer/rspamd/\(row.message)"))
            let outcome = await ARCValidator(keys: DKIMKeys(resolver: resolver)).validate(message, at: 1_700_000_000, by: .now + .seconds(20))
            ran += 1
            #expect(outcome.result == .fail && !outcome.isTemporary)
            if row.symbols.first == "ARC_ALLOW" {
                #expect(outcome.failedInstance == 1 && outcome.problem?.contains("arcselector9901._domainkey.microsoft.com: no key") == true && outcome.sets.last?.messageUnchanged == true)
            }
        }
        #expect(ran == 2)
    }
}
