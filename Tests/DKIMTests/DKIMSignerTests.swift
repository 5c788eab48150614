import Cryptography
import DKIM
import DNS
import Mail
import TestSupport
import Testing

@Suite struct DKIMSignerTests {
    static func key(_ key: PrivateKey, _ selector: String = "sel") -> DKIMSigningKey {
        DKIMSigningKey(key, selector: DomainName(trusted: selector), domain: DomainName(trusted: "sender.example"))
    }

    static func options(_ header: Canonicalization, _ body: Canonicalization) -> DKIMSigningOptions {
        var options = DKIMSigningOptions()
        options.canonicalization = CanonicalizationPair(header: header, body: body)
        return options
    }

    static let pairs = Canonicalization.allCases.flatMap { header in Canonicalization.allCases.map { options(header, $0) } }

    static let resolver = DKIMVectorTests.resolver([
        ("sel._domainkey.sender.example", key(HandSigner.rsa).record), ("small._domainkey.sender.example", key(HandSigner.small).record),
        ("ed._domainkey.sender.example", key(HandSigner.ed25519).record),
    ])

    static let keys = [key(HandSigner.rsa), key(HandSigner.small, "small"), key(HandSigner.ed25519, "ed")]

    static func oddMessage(_ generator: inout SeededGenerator) -> [UInt8] {
        var octets: [UInt8] = []
        let end: [UInt8] = generator.below(2) == 0 ? [10] : [13, 10]
        // Not From at the very top: "From :" there is a line of an mbox.
        for name in ["Received"] + ["From", "X-Odd", "Subject", "subject", "List-Id", "Date"].shuffled(using: &generator) {
            octets += Array("\(name)\(["", " ", "\t"][generator.below(3)]):".utf8)
            for _ in 0..<generator.below(4) {
                octets += generator.oddOctets(generator.below(60)).filter { $0 != 10 && $0 != 13 }
                if generator.below(3) == 0 { octets += end + [[32, 9][generator.below(2)]] }
            }
            octets += Array("x".utf8) + end
        }
        return octets + end + generator.oddOctets(generator.below(2_000))
    }

    @Test("What is signed verifies, for every key and canonicalization", arguments: 0..<10)
    func roundTrips(_ seed: Int) async throws {
        var generator = SeededGenerator(UInt64(seed))
        for _ in 0..<3 {
            let octets = Self.oddMessage(&generator), message = Message(octets: octets)
            for options in Self.pairs {
                let fields = try DKIMSigner(options: options).sign(message, with: Self.keys, at: 1_700_000_000)
                let evidence = await DKIMVectorTests.verify(fields.flatMap(\.octets) + octets, Self.resolver)
                #expect(evidence.signatures.map(\.result) == [.pass, .pass, .pass], "\(evidence.signatures.compactMap(\.problem)) \(String(decoding: octets.prefix(400), as: UTF8.self).debugDescription)")
                #expect(evidence.signatures.map(\.algorithm) == ["rsa-sha256", "rsa-sha256", "ed25519-sha256"])
                // A space for each fold is the same only in the relaxed form.
                guard options.canonicalization.header == .relaxed else { continue }
                var unfolded: [UInt8] = []
                for field in fields { unfolded += Array("DKIM-Signature:".utf8) + field.value.filter { $0 != 13 && $0 != 10 } + [13, 10] }
                #expect(await DKIMVectorTests.verify(unfolded + octets, Self.resolver).signatures.map(\.result) == [.pass, .pass, .pass])
            }
        }
    }

    /// Octets that mean nothing when they change: white space that becomes other white space or is put together with its neighbours, the
    /// case of names, line ends. All others are covered.
    @Test("One octet changed anywhere that is covered never passes", .longWork, arguments: pairs)
    func flipped(_ options: DKIMSigningOptions) async throws {
        var generator = SeededGenerator(99), changed = 0
        let verifier = DKIMVerifier(resolver: Self.resolver)
        for _ in 0..<4 {
            let octets = Self.oddMessage(&generator)
            let field = try #require(try DKIMSigner(options: options).sign(Message(octets: octets), with: [Self.key(HandSigner.ed25519, "ed")], at: 1_700_000_000).first).octets
            for at in octets.indices {
                var other = octets
                other[at] = [octets[at] ^ 1, octets[at] ^ 0x20, 0, 255, 65][generator.below(5)]
                if other[at] == octets[at] || Self.canonical(other, options) == Self.canonical(octets, options) { continue }
                changed += 1
                let outcome = await verifier.verify(Message(octets: field + other), at: 1_700_000_000, by: .now + .seconds(20)).signatures.first
                #expect(outcome?.result == .fail, "octet \(at): \(octets[at]) became \(other[at]) in \(String(decoding: octets, as: UTF8.self).debugDescription)")
            }
        }
        #expect(changed > 1_000)
    }

    /// What the signature is to protect, by the plain implementations: the covered fields, and the body.
    static func canonical(_ octets: [UInt8], _ options: DKIMSigningOptions) -> [UInt8] {
        let message = Message(octets: octets), pair = options.canonicalization
        var result = CanonicalizationTests.plainBody(pair.body, Array(octets[message.root.bodyRange.lowerBound...]))
        for covered in DKIMSigningOptions.usualCover {
            for field in message.header.all(covered.name).reversed() { result += CanonicalizationTests.plainHeader(pair.header, Array(field.octets)) }
        }
        return result
    }

    @Test func theFieldIsFoldedAndSaysWhatItShould() throws {
        var options = DKIMSigningOptions()
        options.lifetime = 3_600
        options.identityLocalPart = "joe;=ü"
        let message = Message(octets: Array(HandSigner.message.replacing("Subject", with: "Date: today\r\nList-Id: x\r\nList-Id: y\r\nSubject").utf8))
        let fields = try DKIMSigner(options: options).sign(message, with: Self.keys, at: 1_700_000_000)
        for field in fields {
            let lines = String(decoding: field.octets, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.dropLast().allSatisfy { $0.utf8.count <= 78 } && lines.last == "" && lines.dropFirst().dropLast().allSatisfy { $0.hasPrefix(" ") })
        }
        let text = String(decoding: fields[0].value, as: UTF8.self).replacing("\r\n", with: "")
        #expect(text.hasPrefix(" v=1; a=rsa-sha256; c=relaxed/relaxed; d=sender.example; s=sel; i=joe=3B=3D=C3=BC@sender.example; t=1700000000; x=1700003600; h=from:from:"))
        let h = text.replacing(" ", with: "").split(separator: ";").first { $0.hasPrefix("h=") }
        #expect(h == "h=from:from:reply-to:subject:subject:to:to:cc:date:date:list-id:list-id")
    }

    @Test("No line is long, however long the key", arguments: [2048, 3072, 4096])
    func longKeysAreFolded(_ bits: Int) async throws {
        let key = try PrivateKey.generate(.rsa, bits: bits), message = Array(HandSigner.message.utf8)
        let field = try #require(try DKIMSigner().sign(Message(octets: message), with: [Self.key(key)], at: 1_700_000_000).first)
        #expect(field.octets.split(separator: 10).allSatisfy { $0.count <= 79 } && field.octets.count > bits / 6)
        let outcome = try #require(await HandSigner.outcome(String(decoding: field.octets + message, as: UTF8.self), record: HandSigner.record(key)))
        #expect(outcome.result == .pass && outcome.keyBits == bits)
    }

    @Test("What is not signed, and why", arguments: [
        ("To: x\r\n\r\n", "there is no From field"), ("From: a\r\nFrom: b\r\n\r\n", "there are 2 From fields"), ("", "there is no From field"),
        (String(repeating: "X: y\r\n", count: 2_100) + "From: a\r\n\r\n", "the header is longer than what is read of it"),
        ("From: a\r\n" + String(repeating: "List-Id: y\r\n", count: 1_500), "more than 1000 fields to be covered"),
    ])
    func faults(_ message: String, _ why: String) {
        #expect(throws: DKIMSigningFault(why)) { try DKIMSigner().sign(Message(octets: Array(message.utf8)), with: Self.keys, at: 0) }
    }

    @Test func keysAndOptionsThatOthersWouldNotTake() throws {
        var limits = DKIMLimits(), options = DKIMSigningOptions()
        limits.rsaBits = 2048...4096
        let message = Message(octets: Array(HandSigner.message.utf8))
        #expect(throws: DKIMSigningFault("an RSA key of 1024 bits, which is outside 2048…4096 (RFC 8301 §3.2)")) {
            try DKIMSigner(limits: limits).sign(message, with: [Self.key(HandSigner.small)], at: 0)
        }
        options.covered = [DKIMCoveredName("to", .oversigned)]
        #expect(throws: DKIMSigningFault("the From field is not among what is covered")) { try DKIMSigner(options: options).sign(message, with: Self.keys, at: 0) }
        #expect(try DKIMSigner().sign(message, with: [], at: 0).isEmpty)
    }
}
