import Mail
import TestSupport
import Testing

/// Reading and writing. RFC 8601 §2.2 and appendix B, RFC 6008 §6, RFC 8617 §4.1.1.
@Suite struct AuthenticationResultsTests {
    /// `instance id/version | method/version=result (comment) {reason} type.name=value …`
    static func notation(_ results: AuthenticationResults) -> String {
        ([(results.instance.map { "i\($0) " } ?? "") + results.authservID + (results.version.map { "/\($0)" } ?? "")] + results.results.map { result in
            ([result.method + (result.methodVersion.map { "/\($0)" } ?? "") + "=" + result.result] + (result.comment.map { ["(\($0))"] } ?? [])
                + (result.reason.map { ["{\($0)}"] } ?? []) + result.properties.map { "\($0.type).\($0.name)=\($0.value)" }).joined(separator: " ")
        }).joined(separator: " | ")
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let text: String, wanted: String
        init(_ text: String, _ wanted: String) { (self.text, self.wanted) = (text, wanted) }
        var testDescription: String { text }
    }

    static let read = [
        // RFC 8601, appendix B.
        Row("example.org 1; none", "example.org/1"),
        Row("example.com; spf=pass smtp.mailfrom=example.net", "example.com | spf=pass smtp.mailfrom=example.net"),
        Row("example.com;\r\n  auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n  spf=pass smtp.mailfrom=example.net", "example.com | auth=pass (cram-md5) smtp.auth=sender@example.net | spf=pass smtp.mailfrom=example.net"),
        Row("example.com; dkim=pass (good signature) header.d=example.com", "example.com | dkim=pass (good signature) header.d=example.com"),
        Row("example.com;\r\n\tdkim=pass reason=\"good signature\" header.i=@mail-router.example.net;\r\n\tdkim=fail reason=\"bad signature\" header.i=@newyork.example.com",
            "example.com | dkim=pass {good signature} header.i=@mail-router.example.net | dkim=fail {bad signature} header.i=@newyork.example.com"),
        Row("foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n policy (A dot can go here) . (like that) expired\r\n (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net/1 | dkim/1=fail (A dot can go here) policy.expired=1362471462"),
        // RFC 6008 §6.
        Row("mail-router.example.net; dkim=pass (good signature) header.d=newyork.example.com header.b=oINEO8hg; dkim=fail (bad signature) header.d=newyork.example.com header.b=EToRSuvU",
            "mail-router.example.net | dkim=pass (good signature) header.d=newyork.example.com header.b=oINEO8hg | dkim=fail (bad signature) header.d=newyork.example.com header.b=EToRSuvU"),
        Row("a.example; smime=fail body.smime-identifier=a@b.example body.smime-part=2 policy.iprev=\"2001:db8::1\"", "a.example | smime=fail body.smime-identifier=a@b.example body.smime-part=2 policy.iprev=2001:db8::1"),
        Row("a.example; iprev=pass policy.iprev=2001:db8::1", "a.example | iprev=pass policy.iprev=2001:db8::1"),
        // White space, comments, quotes.
        Row("  \t a.example  ;  none  (why not)  ", "a.example"), Row("(a (nested \\) one)) a.example;none", "a.example"), Row("a.example", "a.example"), Row("a.example;", "a.example"),
        Row("\"a b\"; spf=\"pass\"", "a b | spf=pass"), Row("A.Example; SPF=Pass SMTP.MailFrom=Ann@Example.org", "A.Example | spf=pass smtp.mailfrom=Ann@Example.org"),
        Row("a;spf=pass(b)smtp.mailfrom(c)=x(d);dkim=none", "a | spf=pass (b) smtp.mailfrom=x | dkim=none"), Row("a; spf=pass smtp . mailfrom = x", "a | spf=pass smtp.mailfrom=x"),
        Row("a; spf=pass smtp .mailfrom=x", "a | spf=pass smtp.mailfrom=x"), Row("a; spf=pass smtp. mailfrom=x", "a | spf=pass smtp.mailfrom=x"),
        Row("a; spf=pass ( one\r\n two ) (three)", "a | spf=pass (one two)"), Row("a; spf=pass ()", "a | spf=pass"), Row("a; spf=pass reason=\"a \\\"b\\\" \\\\\"", "a | spf=pass {a \"b\" \\}"),
        Row("a; spf=pass smtp.mailfrom=\"a;b (c)\"", "a | spf=pass smtp.mailfrom=a;b (c)"), Row("a; spf=pass smtp.mailfrom=\"a b\"@x.example", "a | spf=pass smtp.mailfrom=\"a b\"@x.example"),
        Row("a; spf=pass smtp.mailfrom=\u{43f}@\u{43f}.example", "a | spf=pass smtp.mailfrom=\u{43f}@\u{43f}.example"), Row("a; spf=pass smtp.mailfrom=\"\u{43f} x\"", "a | spf=pass smtp.mailfrom=\u{43f} x"),
        // What hosts write beside the grammar.
        Row("a; dmarc=none action=none header.from=;", "a | dmarc=none .action=none header.from="), Row("a; compauth=pass reason=111", "a | compauth=pass {111}"),
        Row("a; dmarc=fail header.from=x reason=001", "a | dmarc=fail {001} header.from=x"), Row("a.example; dkim=none header.d=none;A.example; dmarc=none", "a.example | dkim=none header.d=none | dmarc=none"),
        Row("a; dkim=pass header.b=a/b+c==", "a | dkim=pass header.b=a/b+c=="), Row("a; ; spf=pass;;", "a | spf=pass"), Row("a; spf=pass smtp.mailfrom=<ann@x.example>", "a | spf=pass smtp.mailfrom=<ann@x.example>"),
        Row("a; arc=pass header.oldest-pass=1 smtp.remote-ip=192.0.2.1 x.y.z=1", "a | arc=pass header.oldest-pass=1 smtp.remote-ip=192.0.2.1 x.y.z=1"),
        Row("a; x-url=http://b.example/?q=1", "a | x-url=http://b.example/?q=1"), Row("a; x_y=pass smtp_is_org=yes", "a | x_y=pass .smtp_is_org=yes"), Row("a 2; spf=pass", "a/2 | spf=pass"),
        Row("none; spf=pass", "none | spf=pass"), Row("a; none=pass", "a | none=pass"), Row("a; spf=none", "a | spf=none"),
    ]

    @Test("Reading", arguments: read) func reading(_ row: Row) throws {
        let results = try AuthenticationResults(row.text)
        #expect(Self.notation(results) == row.wanted)
        AuthenticationResultsTrial(Array(row.text.utf8)).run()
    }

    @Test("Reading of ARC", arguments: [
        Row("i=1; mx.example.org; arc=none", "i1 mx.example.org | arc=none"), Row(" I = 50 ; mx.example.org 1; none", "i50 mx.example.org/1"),
        Row("(c) i(c)=(c)2(c);(c)mx.example.org; spf=pass", "i2 mx.example.org | spf=pass"),
    ]) func arc(_ row: Row) throws { #expect(Self.notation(try AuthenticationResults(row.text, isARC: true)) == row.wanted) }

    static let faults: [(String, AuthenticationResultsError)] = [
        ("", .noAuthservID("")), ("  ", .noAuthservID("")), (";", .noAuthservID(";")), ("; spf=pass", .noAuthservID("; spf=pass")), ("\"\"; none", .noAuthservID("it is empty")),
        ("spf=pass (sender) smtp.mailfrom=x", .noAuthservID("spf=pass (sender) smtp.mailfrom=x")), ("(a", .openComment), ("(a \\)", .openComment), ("a (b; none", .openComment), ("\"a", .openQuote), ("\"a\\", .openQuote),
        ("a x; none", .afterAuthservID("x; none")), ("a x-tls.subject=\"/C=US\"; auth=pass", .afterAuthservID("x-tls.subject=\"/C=US\"; auth=pass")), ("a 1 2; none", .afterAuthservID("2; none")), ("a 1234567890; none", .badVersion("1234567890")),
        ("a; none dkim=pass", .afterNone("dkim=pass")), ("a; none; dkim=pass", .afterNone("dkim=pass")), ("a; dkim=pass; none", .noResult(method: "none")), ("a; spf", .noResult(method: "spf")), ("a; b; spf=pass", .noResult(method: "b")),
        ("a; foo = ", .noResult(method: "foo")), ("a; foo = = bar;", .noResult(method: "foo")), ("a; foo / bar = test;", .badMethodVersion(method: "foo")), ("a; foo / . bar = test", .badMethodVersion(method: "foo")),
        ("a; foo/1 x", .noResult(method: "foo")), ("a; foo . . bar = test;", .noResult(method: "foo")), ("a; x.y=z", .noMethod("x.y=z")), ("a; =pass", .noMethod("=pass")), ("a; @", .noMethod("@")), ("a; spf=\"\"", .noResult(method: "spf")),
        ("a; spf=pass x", .noValue(property: "x")), ("a; spf=pass x y=z", .noValue(property: "x")), ("a; spf=pass @=x", .noProperty("@=x")), ("a; spf=pass .x=y", .noProperty(".x=y")), ("a; spf=pass x..y=z", .noProperty("x..y=z")),
        ("a; spf=pass x. . y=z", .noProperty("x. . y=z")), ("a; spf=pass x.=z", .noProperty("x.=z")), ("a; spf=pass x=y\"z\"", .noProperty("\"z\"")), ("a; spf=pass x=\"y", .openQuote), ("a; spf=pass x=\"y\" \u{7}", .noProperty("?")),
        ("a; spf=pass\u{0}\r\n\u{1b}[31m", .noProperty("????[31m")),
    ]

    @Test("Faults", arguments: faults) func fault(_ text: String, _ error: AuthenticationResultsError) {
        #expect(throws: error) { try AuthenticationResults(text) }
        #expect(!error.description.isEmpty)
    }

    @Test("Faults of ARC", arguments: ["mx.example.org; none", "i=0; a; none", "i=51; a; none", "i=; a; none", "i=1 a; none", "i=1", "a=1; b; none", "i=1234567890123456789012; a; none"]) func arcFault(_ text: String) {
        #expect(throws: AuthenticationResultsError.noInstance) { try AuthenticationResults(text, isARC: true) }
    }

    @Test("Limits") func limits() throws {
        var limits = AuthenticationResultsLimits()
        limits.fieldOctets = 200; limits.results = 2; limits.properties = 2; limits.valueOctets = 9; limits.keywordOctets = 5
        func read(_ text: String) throws(AuthenticationResultsError) -> AuthenticationResults { try AuthenticationResults(text, limits: limits) }
        #expect(throws: AuthenticationResultsError.tooLong(octets: 201)) { try read("a;" + String(repeating: " ", count: 199)) }
        #expect(try read("a;" + String(repeating: " ", count: 198)).results.isEmpty)
        #expect(throws: AuthenticationResultsError.tooManyResults) { try read("a; b=c; d=e; f=g") }
        #expect(throws: AuthenticationResultsError.tooManyProperties(method: "b")) { try read("a; b=c d=e f=g h=i") }
        #expect(throws: AuthenticationResultsError.valueTooLong("d")) { try read("a; b=c d=1234567890") }
        #expect(throws: AuthenticationResultsError.valueTooLong("d")) { try read("a; b=c d=\"1234567890\"") }
        #expect(throws: AuthenticationResultsError.keywordTooLong("bbbbbb")) { try read("a; bbbbbb=c") }
        #expect(try read("123456789; b=c; d=123456789 e=123456789").results.count == 2)
        // Written, the same limits cut.
        limits.fieldOctets = 1000
        let many = AuthenticationResults(authservID: String(repeating: "a", count: 12), results: (0..<5).map { _ in
            AuthenticationResult(method: "method", result: String(repeating: "\"", count: 12), comment: "12345 7890 2", properties: (0..<5).map { _ in AuthenticationProperty("header", "property", "1234567890", limits: limits) }, limits: limits)
        }, limits: limits)
        #expect(many.authservID.utf8.count == 9 && many.results.count == 2 && many.results[0].properties.count == 2 && many.results[0].properties[0].name == "prope")
        #expect(try read(many.text.unfolded) == many)
    }

    @Test("The longest field is read again, and no longer") func longest() throws {
        let value = String(repeating: "\\", count: 400), property = AuthenticationProperty(String(repeating: "t", count: 64), String(repeating: "n", count: 64), value)
        let results = AuthenticationResults(instance: 50, authservID: value, version: 999_999_999, results: Array(repeating: AuthenticationResult(method: String(repeating: "m", count: 64), methodVersion: 1, result: value, comment: value, reason: value,
            properties: Array(repeating: property, count: 24)), count: 64))
        #expect(results.results.count == 1)
        for text in [results.text.unfolded, results.text.folded(name: "ARC-Authentication-Results")] { #expect(try AuthenticationResults(text, isARC: true) == results) }
    }

    @Test("Writing") func written() {
        let results = AuthenticationResults(authservID: "mx.example.org", results: [
            AuthenticationResult(method: "spf", result: "pass", comment: "domain of ann@example.net designates 192.0.2.1 as permitted sender", properties: [
                AuthenticationProperty("smtp", "mailfrom", "ann@example.net"), AuthenticationProperty("smtp", "helo", "gate.example.net"),
            ]),
            AuthenticationResult(method: "dkim", methodVersion: 1, result: "fail", reason: "body hash did not verify", properties: [
                AuthenticationProperty("header", "d", "example.net"), AuthenticationProperty("header", "i", "@example.net"), AuthenticationProperty("header", "b", "a/b+c=="),
            ]),
            AuthenticationResult(method: "iprev", result: "pass", properties: [AuthenticationProperty("policy", "iprev", "2001:db8::1")]),
            AuthenticationResult(method: "sender-id", result: "none", properties: [AuthenticationProperty("header", "from", "a b@example.net")]),
        ])
        #expect(results.text.unfolded == "mx.example.org; spf=pass (domain of ann@example.net designates 192.0.2.1 as permitted sender) smtp.mailfrom=ann@example.net smtp.helo=gate.example.net; "
            + "dkim/1=fail reason=\"body hash did not verify\" header.d=example.net header.i=@example.net header.b=\"a/b+c==\"; iprev=pass policy.iprev=\"2001:db8::1\"; sender-id=none header.from=\"a b@example.net\"")
        #expect(results.text.folded(name: "Authentication-Results").split(separator: "\r\n", omittingEmptySubsequences: false) == [
            "mx.example.org;", "\tspf=pass (domain of ann@example.net designates 192.0.2.1 as permitted", "\tsender) smtp.mailfrom=ann@example.net smtp.helo=gate.example.net;",
            "\tdkim/1=fail reason=\"body hash did not verify\" header.d=example.net", "\theader.i=@example.net header.b=\"a/b+c==\";", "\tiprev=pass policy.iprev=\"2001:db8::1\";", "\tsender-id=none header.from=\"a b@example.net\"",
        ])
        #expect(AuthenticationResults(authservID: "mx.example.org", results: []).text.folded(name: "Authentication-Results") == "mx.example.org; none")
        #expect(AuthenticationResults(instance: 2, authservID: "mx.example.org", version: 1, results: []).text.unfolded == "i=2; mx.example.org 1; none")
    }

    @Test("Nothing from outside ends the line, the comment or the quoted string") func hostile() {
        let evil = "x\r\nSubject: y\r\n\r\n) \"; dkim=pass header.d=bank.example (\\\u{0}\u{7f}\u{85}"
        let results = AuthenticationResults(authservID: evil, results: [
            AuthenticationResult(method: evil, result: evil, comment: evil, reason: evil, properties: [AuthenticationProperty(evil, evil, evil), AuthenticationProperty("smtp", "mailfrom", evil)]),
        ])
        let read = try? AuthenticationResults(results.text.unfolded)
        #expect(read == results && read?.results.count == 1 && read?.results.first?.method.hasPrefix("x--subject") == true)
        #expect(read?.results.first?["smtp", "mailfrom"] == "x??Subject: y????) \"; dkim=pass header.d=bank.example (\\???")
        AuthenticationResultsTrial(Array("a\u{0}\(evil)".utf8)).run()
    }

    @Test("Of what is written, the same is read", .longWork, arguments: 0..<8) func roundTrip(_ seed: UInt64) {
        var random = SeededGenerator(seed)
        let alphabet = Array("ab1-_. \t\"\\()<>@,;:/[]?=%\r\n".utf8) + [0, 0xd0, 0xbf, 0xff, 0x7f]
        for _ in 0..<400 {
            let octets = (0..<Int.random(in: 0...60, using: &random)).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            AuthenticationResultsTrial(octets).run()
            AuthenticationResultsTrial(Array("mx.example; spf=pass ".utf8) + octets).run()
        }
    }

    @Test("Every prefix, every octet left out and changed, of the seeds", .longWork) func mutations() throws {
        try FuzzSeeds("AuthenticationResults", atLeast: 10).eachOctet("\"\\(); =.x\r\u{0}") { AuthenticationResultsTrial($0).run() }
    }
}
