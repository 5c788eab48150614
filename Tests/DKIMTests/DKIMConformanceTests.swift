import Cryptography
import DKIM
import DNS
import Foundation
import Mail
import TestSupport
import Testing

/// The suites and messages of other implementations, with what RFC 6376, 8301 and 8463 say of them.
@Suite(Suites.needed()) struct DKIMConformanceTests {
    /// Lines of a name and its TXT record; `NXDOMAIN` and words between `~~` stand for what a resolver says.
    static func resolver(_ lines: some Sequence<some StringProtocol>) -> MemoryResolver {
        let resolver = MemoryResolver()
        for line in lines {
            guard let space = line.firstIndex(where: { $0 == " " || $0 == "\t" }), !line.hasPrefix("#") else { continue }
            let name = String(line[..<space]), text = line[space...].trimmed
            if text == "NXDOMAIN" || DomainName(name) == nil { continue }
            if text.hasPrefix("~~") { resolver.fail(name, .txt, text.contains("SERVFAIL") ? .responseCode(2) : .timeout) } else { resolver.txt(name, text == "\"\"" ? "" : text) }
        }
        return resolver
    }

    static func lines(_ path: String) throws -> [Substring] {
        String(decoding: try Suites.octets(path), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Signatures below a blank line that ends the records.
    @Test("mail-auth", arguments: [
        ("001", 1_700_000_000, [DKIMResult.pass, .pass]), ("002", 1_700_000_000, [.pass]), ("003", 1_700_000_000, [.pass, .pass]),
        ("004", 1_700_000_000, [.pass]), ("005", 1_667_843_664, [.pass]), ("006", 1_700_000_000, [.pass]), ("005", 1_700_000_000, [.permerror]),
    ])
    func mailAuth(_ file: String, _ seconds: Int, _ expected: [DKIMResult]) async throws {
        let lines = try Self.lines("dkim/mail-auth/dkim/\(file).txt")
        let blank = try #require(lines.firstIndex { $0.trimmed.isEmpty })
        let evidence = await DKIMVectorTests.verify(Array(lines[(blank + 1)...].joined(separator: "\n").utf8), Self.resolver(lines[..<blank]), at: seconds)
        #expect(evidence.signatures.map(\.result) == expected, "\(evidence.signatures.compactMap(\.problem))")
    }

    static let dkimpyKeys: MemoryResolver = {
        let rsa = DKIMVectorTests.keys[1].1
        return DKIMVectorTests.resolver([DKIMVectorTests.keys[0], DKIMVectorTests.keys[1], ("sed._domainkey.test.ex", "v=DKIM1; k=ed25519; p=sPs07Vu29FpHT/80UXUcYHFOHifD4o2ZlP2+XUh9g6E="), ("20120113._domainkey.gmail.com", """
            k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA1Kd87/UeJjenpabgbFwh+eBCsSTrqmwIYYvywlbhbqoo2DymndFkbjOVIPIldNs/m40KF+yzMn1skyoxcTUGCQs8g3FgD2Ap3ZB5DekAo5wMmk4wimDO+U8QzI3SD0\
            7y2+07wlNWwIt8svnxgdxGkVbbhzY8i+RQ9DpSVpPbF7ykQxtKXkv/ahW3KjViiAH+ghvvIhkx4xYSIc9oSwVmAl5OctMEeWUwg8Istjqz8BZeTWbf41fbNhte7Y+YqZOwq1Sd0DbvYAD9NOZK9vlfuac0598HY+vtSBczUiKERHv1yRbcaQtZFh5wtiRrN04BLUTD21MycBX5jYchHjPY/wIDAQAB
            """), ("unused._domainkey.example", rsa)])
    }()

    @Test("dkimpy", arguments: [
        ("dkim/dkimpy/data/rfc6376.signed.msg", [DKIMResult.pass, .pass]), ("dkim/dkimpy/data/rfc6376.signed.rsa.msg", [.pass]),
        ("dkim/dkimpy/data/rfc6376.signed.no_t.msg", [.fail]), ("dkim/dkimpy/data/ed25519test2.msg", [.pass]), ("dkim/dkimpy/data/test2.message", [.pass]),
        ("dkim/rfc8463/rfc8463-example.msg", [.pass, .pass]),
    ] as [(String, [DKIMResult])])
    func dkimpy(_ path: String, _ expected: [DKIMResult]) async throws {
        let evidence = await DKIMVectorTests.verify(try Suites.octets(path), Self.dkimpyKeys)
        #expect(evidence.signatures.map(\.result) == expected, "\(evidence.signatures.compactMap(\.problem))")
    }

    /// What its own key says of its own keys' records; each message is signed by us with the private key of that name.
    @Test("Records of dkimpy's and Exim's keys", arguments: [
        ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/test.txt", nil), ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/test2.txt", nil),
        ("dkim/dkimpy/data/test2.private", "dkim/dkimpy/data/test.txt", nil),
        ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/test_tlsrpt.txt", "the key is not for mail (s=)"),
        ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/badversion.txt", "key record: v=DKIM1: g=* is not DKIM1"),
        ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/badk.txt", "key record: k=ed25519-sha256 is not a kind of key known here"),
        ("dkim/dkimpy/data/test.private", "dkim/dkimpy/data/test_bad.txt", "key record: p= is not an RSA key"),
        ("dkim/dkimpy/data/1024_testkey.key", "dkim/dkimpy/data/1024_testkey_wo_markers.pub.txt", nil),
        ("dkim/dkimpy/data/1024_testkey.key", "dkim/dkimpy/data/1024_testkey_wo_markers.pub.rsa.txt", nil),
        ("dkim/dkimpy/data/2048_testkey.key", "dkim/dkimpy/data/2048_testkey_wo_markers.pub.txt", nil),
        ("dkim/dkimpy/data/2048_testkey.key", "dkim/dkimpy/data/2048_testkey_wo_markers.pub.rsa.txt", nil),
        ("dkim/dkimpy/data/2048_testkey_PKCS8.key", "dkim/dkimpy/data/2048_testkey_PKCS8.key.pub.txt", nil),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel", nil), ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel_sha256", nil),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel_bad", "key record: v=DKIM1\\ is not DKIM1"),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel_nullkey", "the key is revoked"),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel_snullkey", "the key is revoked"),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "sel2", nil),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "ses", "an RSA key of 512 bits is too short (RFC 8301 §3.2 asks for 1024)"),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "ses_sha1", "the key does not allow SHA-256 (h=)"),
        ("dkim/exim/test/aux-fixed/dkim/dkim.private", "ses_sha256", "an RSA key of 512 bits is too short (RFC 8301 §3.2 asks for 1024)"),
        ("dkim/exim/test/aux-fixed/dkim/dkim_ed25519.private", "sed", nil),
        ("dkim/exim/test/aux-fixed/dkim/dkim_ed25519.private", "sedw", "key record: p= is not an Ed25519 key"),
    ] as [(String, String, String?)])
    func records(_ key: String, _ record: String, _ problem: String?) async throws {
        let privateKey = try #require(PrivateKey.pem(try Suites.octets(key)), "\(key)")
        var texts: [String] = []
        if record.contains("/") {
            texts = [String(decoding: try Suites.octets(record), as: UTF8.self)]
        } else {
            for line in try Self.lines("dkim/exim/test/dnszones-src/db.test.ex") where line.hasPrefix("\(record)._domainkey") {
                texts.append(line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }.joined())
            }
        }
        #expect(!texts.isEmpty)
        let message = Array(HandSigner.message.utf8)
        let field = try #require(try DKIMSigner().sign(Message(octets: message), with: [DKIMSignerTests.key(privateKey)], at: 1_600_000_000).first)
        let evidence = await DKIMVectorTests.verify(field.octets + message, DKIMVectorTests.resolver(texts.map { ("sel._domainkey.sender.example", $0) }))
        let found = evidence.signatures.first?.problem.map { $0.replacing("sel._domainkey.sender.example: ", with: "") }
        #expect(found == problem && (evidence.signatures.first?.result == .pass) == (problem == nil), "\(found ?? "")")
    }

    /// What Mail::DKIM's corpus of 2007 to 2024 is by RFC 6376 and 8301: most of it is older than both.
    @Test func mailDKIM() async throws {
        let dns = Self.resolver(try Self.lines("dkim/perl-mail-dkim/FAKE_DNS.dat"))
        var counts: [String: Int] = [:], files = 0
        for path in try Suites.files("dkim/perl-mail-dkim/corpus") {
            files += 1
            let name = String(path.split(separator: "/").last ?? "").replacing(".txt", with: "")
            let signatures = await DKIMVectorTests.verify(try Suites.octets(path), dns).signatures
            let isOld = signatures.allSatisfy { $0.result == .permerror && ($0.problem == "v= is missing" || $0.problem?.hasSuffix("is not version 1") == true) }
            let isSHA1 = signatures.allSatisfy { $0.result == .permerror && $0.problem?.hasPrefix("rsa-sha1") == true }
            let results = signatures.map { $0.result.rawValue }
            switch name {
            case "goodkey_ed25519": #expect(results == ["pass"], "\(name)"); counts["pass", default: 0] += 1
            case "badkey1_ed25519", "badkey4_ed25519", "badkey5_ed25519", "badkey_11": #expect(results == ["permerror"], "\(name)"); counts["key", default: 0] += 1
            case "badkey2_ed25519", "badkey3_ed25519": #expect(results == ["fail"], "\(name)"); counts["fail", default: 0] += 1
            case "multiple_2": #expect(results == ["permerror", "permerror", "permerror", "neutral"], "\(name)"); counts["rsa-sha1", default: 0] += 1
            default:
                if name.contains("dk_") { #expect(signatures.isEmpty, "\(name)"); counts["DomainKeys only", default: 0] += 1 } else {
                    #expect(isOld != isSHA1, "\(name): \(signatures.map { "\($0.result) \($0.problem ?? "")" })")
                    counts[isOld ? "before v=1" : "rsa-sha1", default: 0] += 1
                }
            }
        }
        #expect(files == 79)
        #expect(counts == ["pass": 1, "key": 4, "fail": 2, "DomainKeys only": 17, "before v=1": 31, "rsa-sha1": 24], "\(counts)")
    }

    /// Each of rspamd's cases that says what R_DKIM is to be.
    @Test func rspamd() async throws {
        let folder = try #require(Suites.folder), dns = MemoryResolver()
        let list = try #require(try JSONSerialization.jsonObject(with: Data(try Suites.octets("peer/rspamd/rspamd-fake-dns.json"))) as? [[String: Any]])
        var known: Set<String> = []
        for each in list where each["type"] as? String == "TXT" {
            let name = each["name"] as? String ?? "", replies = each["replies"] as? [String] ?? []
            guard name.contains("._domainkey."), known.insert(name).inserted else { continue }
            for reply in replies { dns.txt(name, reply) }
            if each["rcode"] as? String == "timeout" { dns.fail(name, .txt) }
        }
        let words: [(String, DKIMResult)] = [("R_DKIM_ALLOW", .pass), ("R_DKIM_REJECT", .fail), ("R_DKIM_PERMFAIL", .permerror), ("R_DKIM_TEMPFAIL", .temperror), ("R_DKIM_NA", .none)]
        var ran = 0
        for line in try Self.lines("peer/rspamd/rspamd-cases.tsv") where line.contains("R_DKIM_") && !line.contains("${") {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            let name = columns[1], path = "peer/rspamd/\(columns[2])", expectations = columns[columns.count - 1].components(separatedBy: " ; ")
            guard FileManager.default.fileExists(atPath: "\(folder)/\(path)") else { Issue.record("\(path)"); continue }
            ran += 1
            var limits = DKIMLimits()
            limits.signatures = 5   // as rspamd has it
            let evidence = await DKIMVectorTests.verify(try Suites.octets(path), dns, limits: limits)
            // As rspamd puts several together; it has no neutral, and takes a syntax error for permanent.
            let results = evidence.signatures.map { $0.result == .neutral ? .permerror : $0.result }
            let result = [.pass, .fail, .temperror, .permerror].first { results.contains($0) } ?? .none
            for expectation in expectations {
                for (word, wanted) in words where expectation.contains(word) {
                    let holds = expectation.hasPrefix("Do Not") ? result != wanted : result == wanted
                    #expect(holds, "\(name): \(expectation): \(evidence.signatures.map { "\($0.result) \($0.problem ?? "")" }.prefix(3))")
                }
            }
        }
        #expect(ran == 19)
    }
}
