import DNS
import Foundation
import SPF
import TestSupport
import Testing

/// The cases of rspamd that assert something of SPF, with its own records for a zone.
@Suite(Suites.needed()) struct SPFRspamdTests {
    private struct Record: Decodable { let config: String, name: String, type: String, replies: [String], rcode: String }

    private struct Case: Sendable {
        let file: String, name: String, message: String, metadata: [String: String]
        /// Whether a result is expected, or is one that must not be.
        let expectations: [(isWanted: Bool, result: SPFResult)]
    }

    private static let words: [String: SPFResult] = [
        "R_SPF_ALLOW": .pass, "R_SPF_PLUSALL": .pass, "R_SPF_FAIL": .fail, "R_SPF_SOFTFAIL": .softfail, "R_SPF_NEUTRAL": .neutral,
        "R_SPF_DNSFAIL": .temperror, "R_SPF_PERMFAIL": .permerror, "R_SPF_NA": .none,
    ]

    /// Where RFC 7208 says something else than rspamd, by the case and its client: two cases have one name.
    static let differing: [String: (result: SPFResult, why: String)] = [
        "SPF FAIL UNRESOLVEABLE INCLUDE 37.48.67.26": (.permerror, "§5.2: an included domain without a policy is permerror; rspamd passes over the include"),
        "SPF ALLOW DNS REQUESTS AT LIMIT 8.8.8.8": (.permerror, "§4.6.4: thirty terms that ask the DNS, of which ten are allowed; rspamd's limit is thirty"),
        "SPF PTRS #2 128.66.0.1": (.permerror, "§4.6.4: five ptr terms that find nothing, of which two are allowed; rspamd does not count them"),
    ]

    /// What the cases leave to the message or to rspamd's settings.
    private static let senders: [String: (client: String, mailFrom: String)] = [
        // Its external_relay module takes the client from the Received field that a trusted relay wrote.
        "SPF EXTERNAL RELAY": ("37.48.67.26", "root@external.com"),
        // No MAIL FROM in the case: Return-Path in the message.
        "WHITELIST_WL_ONLY - VALID SPF AND VALID DKIM": ("88.99.142.95", "vsevolod@rspamd.com"),
        "BLACKLISTS_WL_ONLY - VALID SPF AND INVALID DKIM": ("88.99.142.95", "vsevolod@rspamd.com"),
        "VALID SPF and NO DKIM": ("88.99.142.95", "vsevolod@rspamd.com"),
    ]

    private static func cases() throws -> [Case] {
        String(decoding: try Suites.octets("peer/rspamd/rspamd-cases.tsv"), as: UTF8.self).split(separator: "\n").compactMap { line in
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count >= 5 else { return nil }
            let expectations: [(Bool, SPFResult)] = columns[4].components(separatedBy: " ; ").compactMap { expectation in
                let parts = expectation.split(separator: "=").map(String.init)
                return parts.dropFirst().first.flatMap { words[$0] }.map { (!expectation.hasPrefix("Do Not"), $0) }
            }
            guard !expectations.isEmpty else { return nil }
            var metadata: [String: String] = [:]
            for pair in columns[3].components(separatedBy: " | ") {
                let words = pair.split(separator: "=", maxSplits: 1).map(String.init)
                if words.count == 2 { metadata[words[0]] = words[1] }
            }
            return Case(file: columns[0], name: columns[1], message: columns[2], metadata: metadata, expectations: expectations)
        }
    }

    private static func resolver(_ config: String) throws -> MemoryResolver {
        let resolver = MemoryResolver()
        for record in try JSONDecoder().decode([Record].self, from: Data(try Suites.octets("peer/rspamd/rspamd-fake-dns.json"))) where record.config == config {
            let types: [String: RecordType] = ["TXT": .txt, "A": .a, "AAAA": .aaaa, "MX": .mx, "PTR": .ptr]
            guard DomainName(record.name) != nil, let type = types[record.type] else { continue }
            if record.rcode == "timeout" { resolver.fail(record.name, type) }
            for text in record.replies {
                switch type {
                case .txt: resolver.txt(record.name, text)
                case .a, .aaaa: if IPAddress(text) != nil { resolver.a(record.name, text) }
                case .mx:
                    let words = text.split(separator: " ").map(String.init)
                    resolver.mx(record.name, try #require(UInt16(words[0])), words[1])
                case .ptr: resolver.add(record.name, .ptr, .name(try #require(DomainName(text))))
                default: break
                }
            }
        }
        return resolver
    }

    @Test func rspamd() async throws {
        let merged = try Self.resolver("merged-local.conf"), plugins = try Self.resolver("plugins.conf")
        var ran = 0, differed: Set<String> = []
        for row in try Self.cases() {
            let given = Self.senders[row.name]
            let client = try #require(IPAddress(given?.client ?? row.metadata["IP"] ?? ""), "\(row.name)")
            let from = given?.mailFrom ?? row.metadata["From"].map { $0 == "<>" ? "" : $0 }
            let outcome = await SPFEvaluator(resolver: row.file.hasPrefix("001_merged") ? merged : plugins, receiver: "mx.here.example")
                .evaluate(client: client, helo: row.metadata["Helo"] ?? "", mailFrom: from, deadline: .now + .seconds(60), at: 1_700_000_000).mailfrom
            ran += 1
            if let other = Self.differing["\(row.name) \(client)"] {
                differed.insert(row.name)
                #expect(outcome.result == other.result, "\(row.name): \(outcome)")
                continue
            }
            for (isWanted, result) in row.expectations { #expect((outcome.result == result) == isWanted, "\(row.name): \(outcome)") }
        }
        #expect(ran == 42 && differed.count == Self.differing.count)
        print("rspamd, SPF: \(ran) cases, \(differed.count) of them against RFC 7208 where rspamd differs")
    }
}
