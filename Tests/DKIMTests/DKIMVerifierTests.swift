import Cryptography
import DKIM
import DNS
import Mail
import TestSupport
import Testing

/// Messages with several signatures, several keys, repeated fields, and what is not known.
@Suite struct DKIMVerifierTests {
    static let signed = HandSigner().sign(HandSigner.message)

    static func evidence(_ message: String, _ resolver: MemoryResolver, limits: DKIMLimits = DKIMLimits()) async -> DKIMEvidence {
        await DKIMVectorTests.verify(Array(message.utf8), resolver, limits: limits)
    }

    static func resolver(_ records: [String] = [HandSigner.record()]) -> MemoryResolver {
        DKIMVectorTests.resolver(records.map { ("sel._domainkey.sender.example", $0) })
    }

    @Test func anUnsignedMessageAsksNothing() async {
        let resolver = Self.resolver()
        #expect(await Self.evidence(HandSigner.message, resolver) == DKIMEvidence(signatures: []))
        #expect(resolver.asked.isEmpty)
    }

    @Test("What the DNS does not know", arguments: [
        ("NXDOMAIN", nil, DKIMResult.permerror, "sel._domainkey.sender.example: no key: the name does not exist"),
        ("no data", nil, .permerror, "sel._domainkey.sender.example: no key: there is no TXT record"),
        ("timeout", .timeout, .temperror, "sel._domainkey.sender.example: the key look-up failed: no answer by the deadline"),
        ("SERVFAIL", .responseCode(2), .temperror, "sel._domainkey.sender.example: the key look-up failed: SERVFAIL"),
        ("bogus", .bogus("no signatures"), .temperror, "sel._domainkey.sender.example: the key look-up failed: DNSSEC validation failed: no signatures"),
    ] as [(String, DNSTrouble?, DKIMResult, String)])
    func unknown(_ name: String, _ trouble: DNSTrouble?, _ result: DKIMResult, _ problem: String) async {
        let resolver = MemoryResolver()
        if name == "no data" { resolver.a("sel._domainkey.sender.example", "192.0.2.1") }
        if let trouble { resolver.fail("sel._domainkey.sender.example", .txt, trouble) }
        let outcome = await Self.evidence(Self.signed, resolver).signatures.first
        #expect(outcome?.result == result && outcome?.problem == problem, "\(outcome?.problem ?? "")")
        #expect(outcome?.domain == "sender.example" && outcome?.keyBits == nil)
    }

    @Test func eachSignatureHasItsOwnResultAndEachKeyIsAskedForOnce() async {
        var message = HandSigner.message
        for changes in [[], [("s", "none")], [("s", "slow")], [("a", "rsa-sha1")], []] as [[(String, String?)]] { message = HandSigner(changes).sign(message) }
        let resolver = Self.resolver()
        resolver.fail("slow._domainkey.sender.example")
        let evidence = await Self.evidence(message, resolver)
        #expect(evidence.signatures.map(\.result) == [.pass, .permerror, .temperror, .permerror, .pass])
        #expect(evidence.leftOut == 0)
        #expect(Set(resolver.asked).count == 3 && resolver.asked.count == 3)
    }

    @Test func signaturesBeyondTheLimitAreCountedOnly() async {
        var message = HandSigner.message, limits = DKIMLimits()
        for _ in 0..<5 { message = HandSigner().sign(message) }
        limits.signatures = 3
        let evidence = await Self.evidence(message, Self.resolver(), limits: limits)
        #expect(evidence.signatures.map(\.result) == [.pass, .pass, .pass] && evidence.leftOut == 2)
    }

    static let limits: [(String, @Sendable (inout DKIMLimits) -> Void, String)] = [
        ("octets", { $0.signatureOctets = 200 }, "the field is longer than 200 octets"),
        ("names", { $0.signedFields = 2 }, "h= has more than 2 names"),
        ("bits", { $0.rsaBits = 1024...2047 }, "an RSA key of 2048 bits is longer than 2047"),
        ("record", { $0.keyRecordOctets = 100 }, "sel._domainkey.sender.example: the key record is longer than 100 octets"),
    ]

    @Test("Limits of one signature", arguments: limits)
    func limited(_ name: String, _ change: @Sendable (inout DKIMLimits) -> Void, _ problem: String) async {
        var limits = DKIMLimits()
        change(&limits)
        let outcome = await HandSigner.outcome(Self.signed, limits: limits)
        #expect(outcome?.result == .permerror && outcome?.problem == problem)
    }

    @Test func moreTagsThanAllowedAreASyntaxError() async {
        var limits = DKIMLimits()
        limits.tags = 7
        let outcome = await HandSigner.outcome(Self.signed, limits: limits)
        #expect(outcome?.result == .neutral && outcome?.problem == "more than 7 tags")
    }

    @Test func aHeaderThatIsNotReadWholeIsNotVerified() async {
        let message = Self.signed.replacing("Subject:", with: String(repeating: "X: y\r\n", count: 2_100) + "Subject:")
        let outcome = await HandSigner.outcome(message)
        #expect(outcome?.result == .permerror && outcome?.problem == "the header is longer than what is read of it")
    }

    @Test("Of several records the one that verifies counts", arguments: [
        (["hello", HandSigner.record(HandSigner.small), HandSigner.record()], DKIMResult.pass, nil),
        ([HandSigner.record(HandSigner.ed25519), HandSigner.record()], .pass, nil),
        (["v=DKIM1; p=", HandSigner.record(HandSigner.small)], .fail, "the signature is not that of the key over the header"),
        ([HandSigner.record(HandSigner.small), HandSigner.record(HandSigner.ed25519)], .fail, "the signature is not that of the key over the header"),
        (["v=DKIM1; p=", "v=DKIM1; p=", "v=DKIM1; k=rsa; p=", HandSigner.record()], .permerror, "the key is revoked"),
        (["hello", "v=DKIM9; p="], .permerror, "sel._domainkey.sender.example: key record: a tag without = (hello)"),
    ] as [([String], DKIMResult, String?)])
    func severalRecords(_ records: [String], _ result: DKIMResult, _ problem: String?) async {
        let outcome = await Self.evidence(Self.signed, Self.resolver(records)).signatures.first
        #expect(outcome?.result == result && outcome?.problem == problem)
    }

    @Test("A key with an exponent that nobody signs with is a permerror", arguments: [("1", [1]), ("2^64+1", [1, 0, 0, 0, 0, 0, 0, 0, 1]), ("long", [UInt8](repeating: 127, count: 256))] as [(String, [UInt8])])
    func exponent(_ name: String, _ exponent: [UInt8]) async {
        let record = "v=DKIM1; p=" + HandSigner.base64(DER.rsaPublicKey(HandSigner.rsa.publicOctets, exponent: exponent))
        let outcome = await HandSigner.outcome(Self.signed, record: record)
        #expect(outcome?.result == .permerror && outcome?.problem == "key record: p= has a public exponent that is not an odd number from 3 to 2^64-1", "\(outcome?.problem ?? "")")
        #expect(await Self.evidence(Self.signed, Self.resolver([record, HandSigner.record()])).signatures.first?.result == .pass, "beside a good one")
    }

    @Test("What verifications cost is bounded, longer keys being worth more", arguments: [
        (20, [DKIMResult.pass, .pass, .pass, .pass]), (19, [.pass, .pass, .pass, .permerror]), (10, [.pass, .pass, .permerror, .permerror]), (8, [.pass, .permerror, .permerror, .permerror]),
        (4, [.permerror, .permerror, .permerror, .permerror]), (0, [.permerror, .permerror, .permerror, .permerror]),
    ])
    func verifications(_ cost: Int, _ results: [DKIMResult]) async {
        var message = HandSigner.message, limits = DKIMLimits()
        for _ in 0..<4 { message = HandSigner().sign(message) }
        limits.verifications = cost
        // The other key of the name comes first and costs one each time, that of 2,048 bits four.
        let evidence = await Self.evidence(message, Self.resolver([HandSigner.record(HandSigner.small), HandSigner.record()]), limits: limits)
        #expect(evidence.signatures.map(\.result) == results)
        #expect(results.last == .pass || evidence.signatures.last?.problem == "the verifications of the message's signatures cost more than \(cost) of RSA with 1024 bits")
    }

    @Test("As many signatures as are looked at are verified, with the dearest keys that are in use and a second key each", .longWork)
    func dearKeys() async throws {
        let long = try PrivateKey.generate(.rsa, bits: 4096)
        for (key, other) in [(long, HandSigner.ed25519), (HandSigner.ed25519, try PrivateKey.generate(.ed25519)), (long, try PrivateKey.generate(.rsa, bits: 4096))] {
            var message = HandSigner.message
            for _ in 0..<DKIMLimits().signatures { message = HandSigner(key: key).sign(message) }
            let evidence = await Self.evidence(message, Self.resolver([HandSigner.record(other), HandSigner.record(key)]))
            #expect(evidence.signatures.map(\.result) == [DKIMResult](repeating: .pass, count: DKIMLimits().signatures))
        }
    }

    @Test("Repeated fields are taken from the bottom", arguments: [
        ("two Subjects, one signed", "from:subject", "Subject: new\r\n", true),
        ("two Subjects, two signed", "from:subject:subject", "Subject: new\r\n", false),
        ("another From", "from:to", "From: new@evil.example\r\n", true),
        ("another From, oversigned", "from:from:to", "From: new@evil.example\r\n", false),
        ("a field that was signed as missing", "from:cc", "Cc: new\r\n", false),
        ("name in another case", "from:subject:subject", "SUBJECT : new\r\n", false),
    ])
    func repeated(_ name: String, _ h: String, _ added: String, _ passes: Bool) async {
        let message = HandSigner([("h", h)]).sign(HandSigner.message)
        let outcome = await HandSigner.outcome(added + message)
        #expect(outcome?.result == (passes ? .pass : .fail))
        let twice = HandSigner([("h", h)]).sign(added + HandSigner.message)
        #expect(await HandSigner.outcome(twice)?.result == .pass)
    }

    @Test func otherSignaturesCanBeSignedButNotItself() async {
        let first = HandSigner([("h", "from:dkim-signature")]).sign(HandSigner.message)
        let second = HandSigner([("h", "from:dkim-signature")]).sign(first)
        #expect(await Self.evidence(second, Self.resolver()).signatures.map(\.result) == [.pass, .fail])
        #expect(await Self.evidence(first, Self.resolver()).signatures.map(\.result) == [.pass])
    }

    @Test("U-labels and A-labels name the same", arguments: ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example"])
    func internationalized(_ domain: String) async {
        let message = HandSigner([("d", domain), ("s", "schlüssel"), ("i", "grüße@post.\(domain)")]).sign(HandSigner.message)
        let resolver = DKIMVectorTests.resolver([("xn--schlssel-95a._domainkey.xn--bcher-kva.example", HandSigner.record())])
        let outcome = await Self.evidence(message, resolver).signatures.first
        #expect(outcome?.result == .pass && outcome?.domain == "xn--bcher-kva.example" && outcome?.selector == "xn--schlssel-95a")
        #expect(outcome?.identity == "grüße@post.xn--bcher-kva.example", "\(outcome?.problem ?? "")")
    }

    @Test("Lines that are no fields are not looked at", arguments: ["From someone Thu Jan  1 00:00:00 1970\r\n", ">From someone Thu Jan  1 00:00:00 1970\r\n"])
    func mbox(_ line: String) async { #expect(await HandSigner.outcome(line + Self.signed)?.result == .pass) }

    @Test func aStrayLineIsNoPartOfAField() async {
        #expect(await HandSigner.outcome(Self.signed.replacing("To: b", with: "stray\r\nTo: b"))?.result == .pass)
        #expect(await HandSigner.outcome(Self.signed.replacing("To: b", with: " more\r\nTo: b"))?.result == .fail)
    }

    @Test func keysAreKeptAndForgotten() async {
        var limits = DKIMLimits()
        limits.cachedKeys = 2
        let resolver = MemoryResolver()
        for each in 0..<6 { resolver.txt("s\(each)._domainkey.sender.example", HandSigner.record(HandSigner.rsa, "n=\(each); ")) }
        let verifier = DKIMVerifier(resolver: resolver, limits: limits)
        for round in 0..<3 {
            for each in 0..<6 {
                let message = HandSigner([("s", "s\(each)")]).sign(HandSigner.message)
                let evidence = await verifier.verify(Message(octets: Array(message.utf8)), at: 1_700_000_000, by: .now + .seconds(20))
                #expect(evidence.signatures.first?.result == .pass, "\(round)")
            }
        }
        #expect(resolver.asked.count == 18)
    }
}
