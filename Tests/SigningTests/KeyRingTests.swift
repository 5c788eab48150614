import Cryptography
import DKIM
import DNS
import Signing
import Testing
import TestStores
import Verdicts

@Suite struct KeyRingTests {
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
