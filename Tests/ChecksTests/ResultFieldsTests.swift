import BlockLists
import Checks
import Cryptography
import DKIM
import DMARC
import DNS
import Mail
import TestSupport
import Testing
import Verdicts

/// What others are told of a message, and what we believe of what others tell.
@Suite struct ResultFieldsTests {
    static func add(_ found: Examination, _ name: String) -> String? { found.verdict.headers.add.first { $0.name == name }?.value }

    @Test func whatWasFoundIsWritten() async throws {
        let resolver = PipelineTests.resolver()
        resolver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        let found = await PipelineTests.examine(resolver, envelope: try PipelineTests.envelope())
        let text = try #require(Self.add(found, "Authentication-Results")), read = try AuthenticationResults(text)
        #expect(read.authservID == "mx.example.net")
        #expect(read.results(of: "spf").map { "\($0.result) \($0["smtp", "helo"] ?? "") \($0["smtp", "mailfrom"] ?? "")" } == ["pass mx.example.org ", "pass  anna@example.org"])
        #expect(read.results(of: "iprev").first?["policy", "iprev"] == "198.100.1.25")
        #expect(read.results(of: "sender-id").first.map { "\($0.result) \($0["header", "from"] ?? "")" } == "pass anna@example.org")
        #expect(read.results(of: "dkim").map(\.result) == ["none"])
        #expect(read.results(of: "dmarc").first.map { "\($0.result) \($0["header", "from"] ?? "") \($0.comment ?? "")" } == "pass example.org p=reject dis=none")
        #expect(read.results(of: "arc").isEmpty)
        #expect(Self.add(found, "Received-SPF")?.replacing("\r\n\t", with: " ").hasPrefix("pass (mx.example.net: domain of anna@example.org designates 198.100.1.25 as permitted sender) client-ip=198.100.1.25;") == true)
        #expect("Authentication-Results: \(text)".split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 && !$0.contains { $0 == "\n" || $0 == "\r" } })
    }

    @Test func fieldsThatClaimToBeOursGo() async throws {
        let forged = "Authentication-Results: mx.example.net; dmarc=pass header.from=bank.example\r\nAuthentication-Results: other.example; spf=pass\r\n"
            + "Authentication-Results: (x) MX.Example.NET 1; dkim=pass\r\nARC-Authentication-Results: i=1; mx.example.net; spf=pass\r\n"
        let found = await PipelineTests.examine(PipelineTests.resolver(), envelope: try PipelineTests.envelope(), message: PipelineTests.message(forged))
        #expect(found.verdict.headers.remove == [HeaderToRemove(name: "Authentication-Results", place: 3), HeaderToRemove(name: "Authentication-Results", place: 1)])
        let sent = await PipelineTests.examine(PipelineTests.resolver(), envelope: try PipelineTests.envelope { $0.authUser = "anna"; $0.direction = .outbound }, message: PipelineTests.message(forged))
        #expect(sent.verdict.headers.remove.count == 2 && Self.add(sent, "Authentication-Results") == nil && Self.add(sent, "Received-SPF") == nil)
    }

    @Test("Fields in our name that only some readers see are told of", arguments: [
        ("X: y\rAuthentication-Results: mx.example.net; dmarc=pass\r\n", true), ("\u{feff}Authentication-Results: mx.example.net; dmarc=pass\r\n", true), ("Authentication-Results\u{0}:\r\n mx . example.net 1; dmarc=pass\r\n", true),
        ("--b\r\nAuthentication-Results: mx.example.net; dmarc=pass\r\n", true), ("--b\r\nAuthentication-Results: other.example; dmarc=pass\r\n", false),
        ("X: y\rAuthentication-Results: other.example; dmarc=pass\r\n", false), ("Authentication-Results: mx.example.net; dmarc=pass\r\n", false), ("", false),
    ])
    func forgedForSome(_ fields: String, _ isTold: Bool) async throws {
        let found = await PipelineTests.examine(PipelineTests.resolver(), envelope: try PipelineTests.envelope(), message: PipelineTests.message(fields))
        let told = found.verdict.findings.first { $0.code == "content.forged_results" }
        #expect((told != nil) == isTold && (told?.detail ?? "").contains("mx.example.net") == isTold, "\(found.verdict.findings.map(\.code))")
    }

    @Test func aServerBeforeUsIsBelievedWhereItIsOurs() async throws {
        let field = "Authentication-Results: gate.example.net; spf=pass smtp.mailfrom=a@example.org; made-up=pass; dkim=surprising\r\n"
        let outside = await PipelineTests.examine(PipelineTests.resolver(), envelope: try PipelineTests.envelope(), message: PipelineTests.message(field))
        #expect(outside.evidence.upstream == nil)
        let inside = await PipelineTests.examine(PipelineTests.resolver(), envelope: try PipelineTests.envelope { $0.clientIP = .v4(0x0a00_0001) }, message: PipelineTests.message(field))
        #expect(inside.evidence.upstream?.results.first == .init(method: "spf", result: "pass", properties: ["smtp.mailfrom=a@example.org"]))
        #expect(inside.verdict.findings.map(\.code).filter { $0.hasPrefix("upstream.") } == ["upstream.spf.pass"])
    }

    /// A message that a list changed and sealed: what the list saw counts where its seals are believed.
    @Test(arguments: [
        ("lists.example.net", "lists.example.net; dmarc=pass header.from=example.org", true),
        ("lists.example.net", "lists.example.net; dkim=pass header.d=example.org", true),
        ("lists.example.net", "lists.example.net; spf=pass smtp.mailfrom=anna@example.org", true),
        ("lists.example.net", "lists.example.net; dmarc=pass header.from=example.com", false),
        ("lists.example.net", "lists.example.net; dmarc=fail header.from=example.org; dkim=pass header.d=example.org", false),
        ("lists.example.net", "lists.example.net; spf=pass smtp.mailfrom=anna@example.com", false),
        ("other.example.net", "lists.example.net; dmarc=pass header.from=example.org", false),
        ("", "lists.example.net; dmarc=pass header.from=example.org", false),
    ])
    func sealsOfTrustedForwarders(trusted: String, seen: String, counts: Bool) async throws {
        let resolver = PipelineTests.resolver(), key = try PrivateKey.generate(.rsa, bits: 1024)
        resolver.txt("_dmarc.example.org", "v=DMARC1; p=reject")
        resolver.txt("s._domainkey.lists.example.net", "v=DKIM1; p=\(String(decoding: Base64.encode(key.publicOctets), as: UTF8.self))")
        let message = PipelineTests.message("X-List: yes\r\n")
        let sealer = ARCSealer(key: key, domain: DomainName(trusted: "lists.example.net"), selector: DomainName(trusted: "s"), authservID: "lists.example.net")
        let sealed = try sealer.seal(Message(octets: message), results: String(seen.dropFirst("lists.example.net; ".count)), after: ARCOutcome(result: .none), at: PipelineTests.now.seconds)
        let envelope = try PipelineTests.envelope { $0.mailFrom = "bounce@lists.example.net"; $0.recipients = ["chef@example.org"] }
        let local = trusted.isEmpty ? [] : [LocalEntry(tenant: "default", effect: .seal, subject: try #require(LocalSubject(trusted)), reason: "our list")]
        let found = await PipelineTests.examine(resolver, envelope: envelope, message: sealed.fields.flatMap { $0 } + message, local: local)
        #expect(found.evidence.arc?.result == .pass, "\(found.evidence.arc?.problem ?? "")")
        let codes = found.verdict.findings.map(\.code)
        #expect(codes.contains("arc.pass"))
        #expect(codes.contains("dmarc.overridden") == counts && codes.contains("author.forwarded") == counts, "\(codes)")
        #expect(codes.contains("dmarc.fail.reject") != counts && codes.contains("author.spoof") != counts, "\(codes)")
        #expect(found.evidence.author?.override?.type == (counts ? "local_policy" : nil))
        if counts { #expect(found.evidence.author?.override?.comment.hasPrefix("arc=pass as[1].d=lists.example.net as[1].s=s; lists.example.net saw ") == true) }
    }
}
