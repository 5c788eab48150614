import Checks
import DMARC
import DNS
import Mail
import TestSupport
import Testing
import Verdicts

/// What seals and signatures prove of the author, and what they do not.
@Suite struct ForwardedMailTests {
    static func hold(_ codes: [String], _ wanted: [String], without: [String] = []) {
        for code in wanted { #expect(codes.contains(code), "\(codes)") }
        for code in without { #expect(!codes.contains(code), "\(code) among \(codes)") }
    }

    @Test func aKeyThatDoesNotComeIsNeitherPassNorFail() async throws {
        var mail = try ForwardedMail()
        try mail.seal()
        mail.resolver.fail("s._domainkey.lists.example.net", .txt)
        let found = try await mail.examined()
        Self.hold(found.verdict.findings.map(\.code), ["arc.temperror", "dmarc.temperror", "author.unknown"], without: ["arc.fail", "arc.pass", "dmarc.overridden"])
        #expect(found.verdict.findings.filter { ["arc.temperror", "dmarc.temperror", "author.unknown"].contains($0.code) }.map(\.couldBe) == [["arc."], ["dmarc."], ["author.spoof"]])
        let written = try AuthenticationResults(try #require(ResultFieldsTests.add(found, "Authentication-Results")))
        #expect(written.results(of: "arc").isEmpty && written.results(of: "dmarc").map(\.result) == ["fail"])
    }

    /// Of a chain that pretends to be of a trusted list, a key of the forger's own that does not come makes nothing unknown.
    @Test func aForgedSealIsAFailWhateverElseIsSlow() async throws {
        var mail = try ForwardedMail()
        try mail.seal("evil.example")
        try mail.change("cv=none; d=evil.example", "cv=none; d=lists.example.net")
        mail.resolver.fail("s._domainkey.evil.example", .txt)
        let found = try await mail.examined()
        Self.hold(found.verdict.findings.map(\.code), ["arc.fail", "dmarc.fail.reject", "author.spoof"], without: ["arc.temperror"])
        #expect(found.evidence.arc?.isTemporary == false && found.evidence.arc?.sets.map(\.domain) == ["lists.example.net"])
    }

    /// What the newest message signature does not cover anyone may have changed since.
    @Test(arguments: [(nil as [String]?, true), (["from", "subject"], true), (["subject", "to"], false)])
    func theNewestSignatureCoversTheMessage(_ names: [String]?, _ counts: Bool) async throws {
        var mail = try ForwardedMail()
        try mail.seal(signing: names)
        let found = try await mail.examined()
        #expect(found.evidence.arc?.result == .pass && found.evidence.arc?.sets.last?.coversMessage == counts)
        Self.hold(found.verdict.findings.map(\.code), counts ? ["dmarc.overridden", "author.forwarded"] : ["dmarc.fail.reject", "author.spoof"])
    }

    /// l= leaves the rest of the body open.
    @Test func aSealThatCoversAPartOfTheBody() async throws {
        var mail = try ForwardedMail()
        try mail.seal()
        try mail.change(" c=relaxed/relaxed;", " c=relaxed/relaxed; l=5;")
        #expect(try await mail.examined().evidence.arc?.sets.map(\.coversMessage) == [false])
    }

    @Test func theOverrideIsForTheAuthorWhomTheSealerSaw() async throws {
        var two = try ForwardedMail()
        try two.change("From: Anna <anna@example.org>", "From: anna@example.org, ceo@example.com")
        try two.seal(saw: "dmarc=pass header.from=example.com; dkim=pass header.d=example.org")
        Self.hold(try await two.codes(), ["arc.pass", "dmarc.fail.reject", "author.spoof", "author.several"], without: ["dmarc.overridden", "author.forwarded"])
        var twice = try ForwardedMail()
        try twice.change("From: Anna <anna@example.org>", "From: anna@example.org\r\nFrom: ceo@example.org")
        try twice.seal()
        Self.hold(try await twice.codes(), ["dmarc.fail.reject", "author.several"], without: ["dmarc.overridden", "author.forwarded"])
    }

    /// "No record" says nothing of the message; what DKIM and SPF said does.
    @Test(arguments: [("dmarc=none header.from=example.org; dkim=pass header.d=example.org", true), ("dmarc=none header.from=example.org; dkim=pass header.d=example.com", false),
                      ("dmarc=temperror header.from=example.org; dkim=pass header.d=example.org", false), ("dmarc=none; dmarc=fail header.from=example.org; spf=pass smtp.mailfrom=example.org", false)])
    func aSealerWhoFoundNoRecord(_ seen: String, _ counts: Bool) async throws {
        var mail = try ForwardedMail(record: nil)
        try mail.seal(saw: seen)
        Self.hold(try await mail.codes(), ["arc.pass", counts ? "author.forwarded" : "author.spoof"])
    }

    /// A signature that leaves a part of the body open is DMARC's pass, and no proof of the author.
    @Test(arguments: [("", ["dmarc.pass", "author.aligned"]), ("l=2; ", ["dkim.body_unsigned", "author.spoof"]), ("l=0; ", ["dkim.body_unsigned", "author.spoof"]), ("l=7; ", ["dmarc.pass", "author.aligned"])])
    func aSignatureOfAPartOfTheBody(_ tags: String, _ wanted: [String]) async throws {
        for record in [nil, "v=DMARC1; p=reject"] {
            var mail = try ForwardedMail(record: record)
            try mail.sign("example.org", tags: tags)
            Self.hold(try await mail.codes(), ["dkim.pass"] + wanted.filter { record != nil || $0 != "dmarc.pass" })
        }
    }

    /// Under a key in test a message is as good as unsigned: its pass stands in the field, and proves nobody. RFC 6376 §3.6.1.
    @Test func aKeyInTestProvesNobody() async throws {
        for record in [nil, "v=DMARC1; p=reject"] {
            var mail = try ForwardedMail(record: record)
            try mail.sign("example.org", record: "t=y; ")
            let found = try await mail.examined()
            Self.hold(found.verdict.findings.map(\.code), ["dkim.pass", "author.spoof"], without: ["author.aligned"])
            let written = try AuthenticationResults(try #require(ResultFieldsTests.add(found, "Authentication-Results")))
            #expect(written.results(of: "dkim").map(\.result) == ["pass"])
        }
    }

    /// A signature of all of it counts beside one of a part, also where DMARC asked only how near the first one is.
    @Test func oneOfTwoSignaturesIsEnough() async throws {
        var mail = try ForwardedMail()
        mail.recipients = ["b@example.net"]
        try mail.sign("mail.example.org")
        try mail.sign("news.example.org", tags: "l=2; ")
        Self.hold(try await mail.codes(), ["dkim.pass", "dmarc.pass", "author.aligned"])
    }
}
