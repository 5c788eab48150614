import Cryptography
import DKIM
import DNS
import Foundation
import Signing
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct KeyDeskTests {
    @Test func aPairComesToSign() async throws {
        let ward = Ward()
        let keys = try await ward.desk.make(ward.place, by: "token", at: ward.now)
        #expect(keys.map(\.selector.text) == ["p20261126-rsa", "p20261126-ed25519"] && keys.map(\.bits) == [2048, 256])
        #expect(keys.allSatisfy { $0.state == .pending && $0.createdBy == "token" })
        #expect(ward.signers().isEmpty && ward.unsigned() == .keyPending)
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(ward.ring.signers(for: ward.place.domain, tenant: "t").unsigned?.detail == "key p20261126-rsa pending: its record is not in the DNS")
        ward.publish(keys)
        var changes = try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(changes.map(\.description).sorted() == ["pending → published", "pending → published"])
        #expect(ward.signers().isEmpty)
        ward.pass(600)
        changes = try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(changes.map(\.left) == [.published, .published])
        #expect(ward.signers() == ["p20261126-rsa", "p20261126-ed25519"])
        #expect(try await ward.desk.look(at: ward.place, at: ward.now).isEmpty)
        let kept = try await ward.store.keys(tenant: "t", domain: nil)
        #expect(kept.allSatisfy { $0.changedBy == "DNS" && $0.activatedAt == Ward.start + 600 })
    }

    @Test func aRotationRunsByItself() async throws {
        let ward = Ward { $0.rotateEvery = 30 * 86_400; $0.overlap = 7 * 86_400 }
        let first = try await ward.desk.make(ward.place, by: "token", at: ward.now), keeper = ward.keeper
        ward.publish(first)
        func round(after seconds: Int) async throws -> KeyKeeper.Round { ward.pass(seconds); return try await keeper.round() }
        #expect(try await round(after: 0).changes.count == 2)
        #expect(try await round(after: 0).domains == 0, "nothing is due")
        #expect(try await round(after: 600).changes.count == 2)
        #expect(ward.signers().count == 2)
        let due = try await round(after: 30 * 86_400)
        #expect(due.made.map(\.selector.text) == ["p20261226-rsa", "p20261226-ed25519"] && due.troubles.isEmpty)
        #expect(try await round(after: 3600).made.isEmpty)
        // Only one of the pair is published.
        ward.publish(Array(due.made.prefix(1)))
        _ = try await round(after: 3600)
        _ = try await round(after: 3600)
        #expect(ward.signers() == ["p20261226-rsa", "p20261126-ed25519"])
        ward.publish(Array(due.made.suffix(1)))
        _ = try await round(after: 3600)
        _ = try await round(after: 3600)
        #expect(ward.signers() == ["p20261226-rsa", "p20261226-ed25519"])
        #expect(try await ward.states()["p20261126-rsa"] == .retiring)
        let over = try await round(after: 7 * 86_400)
        #expect(over.changes.map(\.key.state) == [.retired, .retired])
        #expect(try await ward.store.changes(since: 0).keys.count == 2)
    }

    @Test func rotationOnDemand() async throws {
        let ward = Ward { $0.settle = 0 }
        await #expect(throws: KeyTrouble.nothingToRotate("the domain has no key that signs; make one")) { try await ward.desk.rotate(ward.place, by: "x", at: ward.now) }
        ward.publish(try await ward.desk.make(ward.place, kinds: [.ed25519], by: "x", at: ward.now))
        try await ward.desk.look(at: ward.place, at: ward.now)
        let next = try await ward.desk.rotate(ward.place, by: "x", at: ward.now)
        #expect(next.map(\.selector.text) == ["p20261126b-ed25519"])
        await #expect(throws: KeyTrouble.nothingToRotate("successors are on their way already: p20261126b-ed25519")) { try await ward.desk.rotate(ward.place, by: "x", at: ward.now) }
        #expect(ward.signers() == ["p20261126-ed25519"])
        ward.pass(1)
        ward.publish(next)
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(ward.signers() == ["p20261126b-ed25519"])
    }

    @Test func theLastSelectorThatMatchesSigns() async throws {
        let ward = Ward { $0.settle = 0 }
        let first = try await ward.desk.make(ward.place, kinds: [.ed25519], by: "x", at: ward.now)
        ward.publish(first)
        try await ward.desk.look(at: ward.place, at: ward.now)
        ward.pass(1)
        let second = try await ward.desk.rotate(ward.place, by: "x", at: ward.now)
        ward.publish(second)
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(ward.signers() == [second[0].selector.text])
        // Somebody publishes another key beside it.
        ward.dns[0].txt(try #require(second[0].owner).text, "v=DKIM1; k=ed25519; p=AAAA")
        #expect(try await ward.desk.look(at: ward.place, at: ward.now).isEmpty)
        #expect(ward.signers() == [second[0].selector.text], "once is not enough")
        ward.pass(60)
        let changes = try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(changes.count == 1 && changes[0].isTrouble && changes[0].becameWrong == true)
        #expect(changes[0].description == "its record is not as it should be; other: there are 2 key records")
        #expect(ward.signers() == [first[0].selector.text])
        let answer = ward.ring.signers(for: ward.place.domain, tenant: "t")
        #expect(answer.wrong == [.init(domain: "example.org", selector: second[0].selector.text, detail: "its record in the DNS is another one: there are 2 key records")])
        #expect(ward.ring.figures.wrong == 1 && ward.ring.figures.silent == 0)
        // And where there is no other, nothing signs, and that is said.
        try await ward.desk.withdraw(first[0].selector, of: ward.place, by: "x", at: ward.now)
        #expect(ward.signers().isEmpty && ward.unsigned() == .recordWrong && ward.ring.figures.silent == 1)
    }

    @Test func everyResolverHasToSeeIt() async throws {
        let ward = Ward(resolvers: 2) { $0.settle = 0 }
        let keys = try await ward.desk.make(ward.place, kinds: [.ed25519], by: "x", at: ward.now)
        ward.publish(keys, at: [ward.dns[0]])
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(try await ward.states().values.map { $0 } == [.pending])
        ward.dns[1].fail(try #require(keys[0].owner).text)
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(try await ward.states().values.map { $0 } == [.active], "who could not know does not count")
    }

    /// The DNS is away: nothing changes.
    @Test func troubleIsNoFault() async throws {
        let ward = Ward { $0.settle = 0 }
        let keys = try await ward.desk.make(ward.place, kinds: [.ed25519], by: "x", at: ward.now)
        ward.publish(keys)
        try await ward.desk.look(at: ward.place, at: ward.now)
        ward.dns[0].fail(try #require(keys[0].owner).text)
        for _ in 0..<5 {
            ward.pass(3600)
            #expect(try await ward.desk.look(at: ward.place, at: ward.now).isEmpty)
        }
        #expect(ward.signers() == ["p20261126-ed25519"])
    }

    @Test func anImportedKeySigns() async throws {
        let ward = Ward { $0.settle = 0 }
        let key = try await ward.desk.take(Array(Self.ed25519.utf8), selector: DomainName(trusted: "mail"), in: ward.place, by: "x", at: ward.now)
        #expect(key.isImported && key.kind == .ed25519 && key.selector.text == "mail" && key.state == .pending)
        #expect(key.record?.text == "v=DKIM1; k=ed25519; p=" + "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        ward.publish([key])
        try await ward.desk.look(at: ward.place, at: ward.now)
        #expect(ward.signers() == ["mail"])
        await #expect(throws: KeyTrouble.selectorTaken(key.selector)) { try await ward.desk.take(Array(Self.ed25519.utf8), selector: key.selector, in: ward.place, by: "x", at: ward.now) }
        let named = try await ward.desk.take(Array(Self.ed25519.utf8), selector: nil, in: ward.place, by: "x", at: ward.now)
        #expect(named.selector.text == "p20261126-ed25519")
    }

    /// The key of RFC 8463 A.2, whose seed is nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=.
    static let ed25519 = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n"

    @Test(arguments: ["", "x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", String(repeating: "x", count: 20_000)])
    func whatIsNoKey(_ pem: String) async throws {
        let ward = Ward()
        await #expect(throws: KeyTrouble.self) { try await ward.desk.take(Array(pem.utf8), selector: nil, in: ward.place, by: "x", at: ward.now) }
        #expect(try await ward.states().isEmpty)
    }

    static let apart = "this key signs what its own public half does not verify: its parts do not belong together"
    static let exponent = "this key has a public exponent that is not an odd number from 3 to 2^64-1"

    /// The nine integers of RSAPrivateKey, changed, with those of another key at hand.
    typealias Spoiling = @Sendable (inout [[UInt8]], [[UInt8]]) -> Void
    static let spoilt: [(String, Spoiling, String?)] = [
        ("as it was made", { _, _ in }, nil),
        ("the private half of another key", { mine, other in mine = Array(mine[..<3] + other[3...]) }, apart),
        ("d and the exponents of another key", { mine, other in for place in [3, 6, 7, 8] { mine[place] = other[place] } }, apart),
        ("the modulus of another key", { mine, other in mine[1] = other[1] }, apart),
        ("an even modulus", { mine, _ in mine[1][127] ^= 1 }, apart),
        ("another exponent", { mine, _ in mine[2] = [3] }, apart),
        ("e and d are 1", { mine, _ in for place in [2, 3, 6, 7] { mine[place] = [1] } }, exponent),
        ("an even exponent", { mine, _ in mine[2] = [1, 0, 0] }, exponent),
        ("a long exponent", { mine, _ in mine[2] = [UInt8](repeating: 127, count: 100) }, exponent),
        ("a prime far longer than the modulus", { mine, _ in mine[4] = [UInt8](repeating: 127, count: 4000) }, "this key has parts that are longer than its modulus"),
    ]

    @Test("An RSA key whose parts do not belong together is not kept", arguments: spoilt)
    func importedParts(_ name: String, _ spoil: Spoiling, _ problem: String?) async throws {
        let ward = Ward()
        var parts = DER.rsaParts(try PrivateKey.generate(.rsa, bits: 1024).der)
        spoil(&parts, DER.rsaParts(try PrivateKey.generate(.rsa, bits: 1024).der))
        let pem = "-----BEGIN RSA PRIVATE KEY-----\n\(Data(DER.sequence(parts)).base64EncodedString(options: .lineLength64Characters))\n-----END RSA PRIVATE KEY-----\n"
        func take() async throws -> SigningKey { try await ward.desk.take(Array(pem.utf8), selector: nil, in: ward.place, by: "x", at: ward.now) }
        if let problem { await #expect(throws: KeyTrouble.unusableKey(problem)) { try await take() } } else { #expect(try await take().bits == 1024) }
        #expect(try await ward.states().count == (problem == nil ? 1 : 0))
    }

    @Test func withoutAMasterKeyNothingIsMadeAndNothingSigns() async throws {
        let ward = Ward(seal: nil) { $0.settle = 0 }, other = Ward { $0.settle = 0 }
        await #expect(throws: KeyTrouble.noMasterKey) { try await ward.desk.make(ward.place, by: "x", at: ward.now) }
        await #expect(throws: KeyTrouble.noMasterKey) { try await ward.desk.take(Array(Self.ed25519.utf8), selector: nil, in: ward.place, by: "x", at: ward.now) }
        // The keys are there, from a time when there was one.
        let keys = try await other.desk.make(other.place, kinds: [.ed25519], by: "x", at: other.now)
        other.publish(keys)
        try await other.desk.look(at: other.place, at: other.now)
        for (seal, reason) in [(nil, UnsignedReason.noMasterKey), (MasterKey([UInt8](repeating: 1, count: 32)).map { KeySeal($0) }, .keyUnreadable)] {
            let ring = KeyRing(seal: seal)
            let locked = try await ring.refresh(from: other.store)
            #expect(locked.count == (seal == nil ? 0 : 1))
            #expect(ring.signers(for: other.place.domain, tenant: "t").unsigned?.reason == reason)
        }
    }

    @Test func thereIsRoomForSoMany() async throws {
        let ward = Ward()
        for number in 0..<8 { _ = try await ward.desk.take(Array(Self.ed25519.utf8), selector: DomainName(trusted: "s\(number)"), in: ward.place, by: "x", at: ward.now) }
        await #expect(throws: KeyTrouble.domainFull(8)) { try await ward.desk.make(ward.place, kinds: [.ed25519], by: "x", at: ward.now) }
        let other = KeyPlace(tenant: "t", domain: DomainName(trusted: "example.net"))
        for number in 0..<4 { _ = try await ward.desk.take(Array(Self.ed25519.utf8), selector: DomainName(trusted: "s\(number)"), in: other, by: "x", at: ward.now) }
        await #expect(throws: KeyTrouble.tenantFull(12)) { try await ward.desk.make(other, kinds: [.ed25519], by: "x", at: ward.now) }
        try await ward.desk.withdraw(DomainName(trusted: "s0"), of: ward.place, by: "y", at: ward.now)
        await #expect(throws: KeyTrouble.noSuchKey) { try await ward.desk.withdraw(DomainName(trusted: "s0"), of: ward.place, by: "y", at: ward.now) }
        #expect(try await ward.desk.make(other, kinds: [.ed25519], by: "x", at: ward.now).count == 1)
        let long = KeyPlace(tenant: "u", domain: DomainName(trusted: Array(repeating: String(repeating: "a", count: 60), count: 4).joined(separator: ".")))
        await #expect(throws: KeyTrouble.nameTooLong) { try await ward.desk.make(long, kinds: [.ed25519], by: "x", at: ward.now) }
    }
}
