import Cryptography
import DKIM
import DNS
import Mail
import Signing
import TestSupport
import Testing
import TestStores
import Verdicts

@Suite(.longWork) struct KeyRingTests {
    /// Keys that sign, one for each place.
    private func ward(_ places: (tenant: String, domain: String)...) async throws -> Ward {
        let ward = Ward { $0.settle = 0 }
        for (tenant, domain) in places {
            let place = KeyPlace(tenant: tenant, domain: DomainName(trusted: domain))
            ward.publish([try await ward.desk.take(Array(KeyDeskTests.ed25519.utf8), selector: DomainName(trusted: "of-" + domain), in: place, by: "x", at: ward.now)])
            try await ward.desk.look(at: place, at: ward.now)
        }
        return ward
    }

    @Test func theNearestDomainWithAKeySigns() async throws {
        let ward = try await ward(("t", "example.org"), ("t", "b.example.org"), ("u", "a.example.org"))
        let rows: [(String, String, [String])] = [
            ("example.org", "t", ["of-example.org"]), ("a.example.org", "t", ["of-example.org"]), ("b.example.org", "t", ["of-b.example.org"]),
            ("x.b.example.org", "t", ["of-b.example.org"]), ("a.example.org", "u", ["of-a.example.org"]), ("example.org", "u", []), ("badexample.org", "t", []), ("org", "t", []),
            ("example.net", "t", []), ("example.org", "", []), ("1.2.3.4.5.6.7.8.9.example.org", "t", ["of-example.org"]),
        ]
        for (domain, tenant, signers) in rows { #expect(ward.signers(domain, tenant: tenant) == signers, "\(domain) of \(tenant)") }
        #expect(ward.unsigned("example.net") == .noKey && ward.unsigned("example.org", tenant: "u") == .noKey)
    }

    /// A domain whose own key waits is signed for by the one above; what waits below nothing says why.
    @Test func aKeyThatWaitsIsNoHindrance() async throws {
        let ward = try await ward(("t", "example.org"))
        let below = KeyPlace(tenant: "t", domain: DomainName(trusted: "a.example.org")), alone = KeyPlace(tenant: "t", domain: DomainName(trusted: "example.net"))
        for place in [below, alone] { _ = try await ward.desk.make(place, kinds: [.ed25519], by: "x", at: ward.now) }
        #expect(ward.signers("a.example.org") == ["of-example.org"])
        #expect(ward.unsigned("www.example.net") == .keyPending)
        #expect(ward.ring.figures == { var figures = KeyRing.Figures(); figures.states = [.active: 1, .pending: 2]; figures.silent = 2; return figures }())
    }

    /// A second node's ring follows what the first one does.
    @Test func anotherNodeFollows() async throws {
        let ward = try await ward(("t", "example.org"))
        let ring = KeyRing(seal: Ward.seal, schedule: ward.desk.schedule)
        func signers() -> [String] { ring.signers(for: ward.place.domain, tenant: "t").signers.map(\.selector.text) }
        #expect(signers().isEmpty)
        try await ring.refresh(from: ward.store)
        #expect(signers() == ["of-example.org"])
        try await ward.desk.withdraw(DomainName(trusted: "of-example.org"), of: ward.place, by: "x", at: ward.now)
        #expect(signers() == ["of-example.org"])
        try await ring.refresh(from: ward.store)
        #expect(signers().isEmpty && ring.figures == KeyRing.Figures())
    }

    /// Of a database that was put back, everything is read anew: also a key that has the name of one that is gone.
    @Test func aDatabaseThatWasPutBackIsFollowed() async throws {
        let ward = try await ward(("t", "example.org"), ("t", "example.net"))
        let ring = KeyRing(seal: Ward.seal, schedule: ward.desk.schedule)
        try await ring.refresh(from: ward.store)
        // An earlier state: one domain, whose key of the same selector is another one.
        let earlier = Ward { $0.settle = 0 }, other = try PrivateKey.generate(.ed25519), selector = DomainName(trusted: "of-example.org")
        let pem = "-----BEGIN PRIVATE KEY-----\n\(String(decoding: Base64.encode(other.der), as: UTF8.self))\n-----END PRIVATE KEY-----\n"
        earlier.publish([try await earlier.desk.take(Array(pem.utf8), selector: selector, in: ward.place, by: "x", at: ward.now)])
        try await earlier.desk.look(at: ward.place, at: ward.now)
        func signers(_ domain: String) -> [KeyRing.Signer] { ring.signers(for: DomainName(trusted: domain), tenant: "t").signers }
        #expect(signers("example.org").count == 1 && signers("example.net").count == 1 && signers("example.org").first?.key.publicOctets != other.publicOctets)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await ring.refresh(from: earlier.store) } }
            try await group.waitForAll()
        }
        #expect(signers("example.org").map(\.key.publicOctets) == [other.publicOctets] && signers("example.net").isEmpty)
        // And from there on as ever.
        try await earlier.desk.withdraw(selector, of: ward.place, by: "x", at: ward.now)
        try await ring.refresh(from: earlier.store)
        #expect(ring.figures == KeyRing.Figures())
    }

    @Test func manyRefreshesAtOnceEndAsOne() async throws {
        let ward = try await ward(("t", "example.org"))
        let ring = KeyRing(seal: Ward.seal, schedule: ward.desk.schedule)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask { try await ring.refresh(from: ward.store) }
                if number == 10 { group.addTask { try await ward.desk.withdraw(DomainName(trusted: "of-example.org"), of: ward.place, by: "x", at: ward.now) } }
            }
            try await group.waitForAll()
        }
        try await ring.refresh(from: ward.store)
        #expect(ring.figures == KeyRing.Figures())
    }
}
