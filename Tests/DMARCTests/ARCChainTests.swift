import Cryptography
import DKIM
import DMARC
import DNS
import JSON
import Mail
import TestSupport
import Testing
import struct Foundation.Data
import class Foundation.JSONDecoder

@Suite struct ARCChainTests {
    @Test("A chain of four, of both kinds of key, folded and unfolded")
    func chain() async throws {
        var mail = try ARCMessage()
        #expect(await mail.validate().result == .none)
        for (place, kind) in [KeyKind.rsa, .ed25519, .rsa, .ed25519].enumerated() {
            let sealed = try await mail.pass(kind, unfolded: place % 2 == 1)
            #expect(sealed.instance == place + 1 && sealed.validation == (place == 0 ? .none : .pass))
            #expect(sealed.fields.allSatisfy { $0.split(separator: 10).allSatisfy { $0.count <= 79 } }, "long lines")
            let outcome = await mail.validate()
            #expect(outcome.result == .pass && outcome.oldestPass == 0 && outcome.sets.count == place + 1, "\(outcome.problem ?? "")")
            #expect(outcome.sets.last?.authservID == "mx.sealer.example" && outcome.sets.last?.domain == "sealer.example")
            #expect(outcome.sets.last?.results == "mx.sealer.example; dmarc=pass header.from=example.com; spf=fail; dkim=pass header.d=example.com")
            #expect(try JSONDecoder().decode(ARCOutcome.self, from: Data(jsonOctets(outcome))) == outcome)
        }
    }

    @Test("Of a header that is not read whole nobody knows that it has no chain")
    func longHeader() async throws {
        let fields = Array(String(repeating: "X: y\r\n", count: 2_100).utf8)
        for isSealed in [false, true] {
            var mail = try ARCMessage()
            if isSealed { try await mail.pass() }
            mail.put(fields)
            let outcome = await mail.validate()
            #expect(outcome == ARCOutcome(result: .fail, problem: "the header is longer than what is read of it"), "\(outcome)")
        }
    }

    @Test("A change under way ends the older message signatures, not the chain")
    func oldestPass() async throws {
        var mail = try ARCMessage()
        try await mail.pass()
        try await mail.pass(.ed25519)
        let sealer = try mail.sealer(), before = await mail.validate()
        mail.change("Subject: One", "Subject: [list] One")
        let broken = await mail.validate()
        #expect(broken.result == .fail && broken.failedInstance == 2 && !broken.isTemporary && broken.oldestPass == nil)
        let sealed = try sealer.seal(mail.message, results: "arc=pass", after: before, at: ARCMessage.time)
        let again = Message(octets: sealed.fields.flatMap { $0 } + mail.octets)
        let outcome = await ARCValidator(keys: DKIMKeys(resolver: mail.resolver)).validate(again, at: ARCMessage.time, by: .now + .seconds(20))
        #expect(outcome.result == .pass && outcome.oldestPass == 3 && outcome.sets.map(\.messageUnchanged) == [false, false, true])
    }

    @Test("What breaks a chain of two", arguments: [
        ("the body", "Hello", "Hallo", 2), ("a signed field", "Subject: One", "Subject: Two", 2), ("results of the first", "ARC-Authentication-Results: i=1; mx", "ARC-Authentication-Results: i=1; my", 1),
        ("an instance is missing", "ARC-Authentication-Results: i=1", "X-Authentication-Results: i=1", 1), ("an instance too high", "ARC-Authentication-Results: i=1", "ARC-Authentication-Results: i=51", nil as Int?),
        ("one twice", "ARC-Authentication-Results: i=1", "ARC-Authentication-Results: i=2", 2), ("no semicolon", "ARC-Authentication-Results: i=2;", "ARC-Authentication-Results: i=2", 2),
        ("nothing behind the instance", "ARC-Authentication-Results: i=2; mx.sealer.example;", "ARC-Authentication-Results: i=2; ;", 2),
        ("cv of the first", "cv=none", "cv=pass", 1), ("cv of the second", "cv=pass", "cv=none", 2), ("cv=fail", "cv=pass", "cv=fail", 2), ("an unknown cv", "cv=pass", "cv=maybe", 2),
        ("cv in other letters", "cv=pass", "cv=Pass", 2), ("a tag twice", "cv=pass;", "cv=pass; cv=pass;", nil), ("h= in a seal", "cv=pass;", "cv=pass; h=from;", 2),
        ("another selector", "s=r; t=1700000000; h=", "s=x; t=1700000000; h=", 2), ("rsa-sha1", "ARC-Seal: i=2; a=rsa-sha256", "ARC-Seal: i=2; a=rsa-sha1", 2),
        ("a time that is none", "t=1700000000", "t=now", 2),
    ])
    func broken(_ name: String, _ old: String, _ new: String, _ instance: Int?) async throws {
        var mail = try ARCMessage()
        try await mail.pass()
        try await mail.pass()
        mail.change(old, new)
        let outcome = await mail.validate()
        #expect(outcome.result == .fail && outcome.failedInstance == instance && outcome.problem?.isEmpty == false && !outcome.isTemporary, "\(outcome)")
    }

    @Test("What ARC does not mind", arguments: [
        ("v= is ignored", "ARC-Seal: i=1; a=", "ARC-Seal: i=1; v=9; a=", false), ("a comment before the instance", "ARC-Authentication-Results: i=1", "ARC-Authentication-Results: (a (b) \\) c) i=1", false),
        ("a field that is not signed", "Subject: One", "X-Spam: no\r\nSubject: One", true), ("blanks", "Subject: One", "Subject:   One", true),
        ("a trace field", "From: a@", "Received: x\r\nFrom: a@", true),
        ("a second From above", "From: a@", "From: x@evil.example\r\nFrom: a@", false),
    ])
    func notBroken(_ name: String, _ old: String, _ new: String, _ isPass: Bool) async throws {
        var mail = try ARCMessage()
        try await mail.pass()
        mail.change(old, new)
        let outcome = await mail.validate()
        // A change of ARC's own fields breaks a seal, but their structure is well.
        #expect(outcome.result == (isPass ? .pass : .fail) && outcome.sets.count == 1, "\(outcome)")
    }

    @Test("A key that does not come makes the outcome temporary, one that is not there does not")
    func keys() async throws {
        var mail = try ARCMessage()
        try await mail.pass(.ed25519)
        try await mail.pass()
        mail.resolver.fail("e._domainkey.sealer.example", .txt)
        let slow = await mail.validate()
        #expect(slow.result == .fail && slow.isTemporary && slow.failedInstance == 1 && slow.oldestPass == nil && slow.problem?.contains("no answer") == true)
        #expect(throws: ARCFault.self) { try mail.sealer().seal(mail.message, results: "arc=fail", after: slow, at: ARCMessage.time) }
        let other = try ARCMessage(mail.octets)
        let wrong = await other.validate()
        #expect(wrong.result == .fail && !wrong.isTemporary && wrong.failedInstance == 2)
        let gone = await ARCValidator(keys: DKIMKeys(resolver: MemoryResolver())).validate(mail.message, at: ARCMessage.time, by: .now + .seconds(20))
        #expect(gone.result == .fail && !gone.isTemporary && gone.problem?.contains("does not exist") == true)
    }

    @Test("What is wrong for good is not made unknown by a key that does not come", arguments: [
        ("results of the second", "ARC-Authentication-Results: i=2; mx", "ARC-Authentication-Results: i=2; my", 2), ("the seal", "ARC-Seal: i=2; a=rsa-sha256; ", "ARC-Seal: i=2; a=rsa-sha256; x=y; ", 2),
    ])
    func certainFaults(_ name: String, _ old: String, _ new: String, _ instance: Int) async throws {
        var mail = try ARCMessage()
        try await mail.pass(.ed25519)
        try await mail.pass()
        mail.change(old, new)
        mail.resolver.fail("e._domainkey.sealer.example", .txt)
        let outcome = await mail.validate()
        #expect(outcome.result == .fail && !outcome.isTemporary && outcome.failedInstance == instance, "\(outcome)")
    }

    @Test("A word longer than a line may be is not sealed")
    func longWords() async throws {
        let mail = try ARCMessage(), sealer = try mail.sealer()
        #expect(throws: ARCFault.self) { try sealer.seal(mail.message, results: String(repeating: "x", count: 998), after: ARCOutcome(result: .none), at: 0) }
        #expect(try sealer.seal(mail.message, results: String(repeating: "x", count: 997), after: ARCOutcome(result: .none), at: 0).instance == 1)
        #expect(throws: ARCFault.self) { try sealer.seal(mail.message, results: String(repeating: "x=y ", count: 5_000), after: ARCOutcome(result: .none), at: 0) }
    }

    @Test("A failed chain is sealed once, with cv=fail over the new set alone, and then no more")
    func failedChain() async throws {
        var mail = try ARCMessage()
        try await mail.pass()
        mail.change("Hello", "Hallo")
        let sealed = try await mail.pass()
        #expect(sealed.instance == 2 && sealed.validation == .fail)
        let outcome = await mail.validate()
        #expect(outcome.result == .fail && outcome.failedInstance == 2 && outcome.problem == "ARC-Seal 2 says cv=fail")
        #expect(throws: ARCFault.self) { try mail.sealer().seal(mail.message, results: "arc=fail", after: outcome, at: ARCMessage.time) }
        var hasher = HeaderHasher(.relaxed)
        hasher.add(sealed.fields[2][...])
        hasher.add(sealed.fields[1][...])
        let seal = try ARCSeal(try #require(HeaderSection(octets: sealed.fields[0]).fields.first)), text = seal.field.dropLast(2)
        let place = try #require(text.indices.reversed().first { text[$0...].starts(with: Array(" b=".utf8)) }) + 3
        #expect(mail.rsa.publicKey?.verifies(seal.signature, of: hasher.finish(text, leavingOut: place..<text.endIndex)) == true)
    }

    @Test func limits() async throws {
        var mail = try ARCMessage(), limits = ARCLimits()
        for _ in 0..<3 { try await mail.pass(.ed25519) }
        limits.sets = 3
        #expect(await mail.validate(limits: limits).result == .pass)
        let full = await mail.validate()
        #expect(throws: ARCFault.self) { try mail.sealer(limits: limits).seal(mail.message, results: "arc=pass", after: full, at: ARCMessage.time) }
        limits.sets = 2
        #expect(await mail.validate(limits: limits).result == .fail)
        limits = ARCLimits()
        limits.keys = 0
        #expect(await mail.validate(limits: limits).problem == "the chain needs more than 0 keys")
        limits = ARCLimits()
        limits.fieldOctets = 100
        #expect(await mail.validate(limits: limits).result == .fail)
        limits = ARCLimits()
        limits.resultsOctets = 10
        #expect(await mail.validate(limits: limits).sets.first?.results == "mx.sealer.example")
    }

    @Test("Results of many shapes come back as they were", arguments: [
        "none", "spf=pass (a  comment; with semicolon) smtp.mailfrom=a@b.example;\r\n dkim=pass header.d=\"x y\"", String(repeating: "x-long=none ", count: 60), String(repeating: "x", count: 300), "a\u{0}b\u{7f}\tc",
    ])
    func results(_ text: String) async throws {
        var mail = try ARCMessage()
        try await mail.pass(results: text)
        let outcome = await mail.validate()
        let words = text.utf8.split { $0 == 32 || (9...13).contains($0) }.map { String(decoding: $0.filter { $0 >= 32 && $0 != 127 }, as: UTF8.self) }
        #expect(outcome.result == .pass, "\(outcome.problem ?? "")")
        #expect(outcome.sets.first?.results.split(separator: " ").map(String.init) == ["mx.sealer.example;"] + words)
    }

    @Test func wordsAreThoseOfTheRegistry() { #expect(Set(ARCResult.allCases.map(\.rawValue)) == ["none", "pass", "fail"]) }
}
