import Cryptography
import DKIM
import DNS
import Mail
import Signing
import Testing
import TestStores
import TestSupport
import Verdicts

@Suite(.longWork) struct SignatureTests {
    private func message(_ from: String = "Anna <anna@example.org>", more: String = "") -> Message {
        Message(octets: Array("From: \(from)\r\nTo: b@example.net\r\nSubject: Hello\r\n\(more)\r\nHello\r\n".utf8))
    }

    private func signed(_ ward: Ward, _ message: Message, tenant: String = "t") -> SigningOutcome {
        ward.ring.signatures(for: message, tenant: tenant, authors: message.from.compactMap(\.domain), at: ward.now.seconds)
    }

    private func signingWard(_ domain: String = "example.org") async throws -> Ward {
        let ward = Ward { $0.settle = 0 }, place = KeyPlace(tenant: "t", domain: DomainName(trusted: domain))
        ward.publish(try await ward.desk.make(place, bits: 1024, by: "x", at: ward.now))
        try await ward.desk.look(at: place, at: ward.now)
        return ward
    }

    /// What is signed with keys whose records were seen verifies with those records.
    @Test(arguments: ["example.org", "a.b.example.org"]) func whatIsSignedVerifies(_ author: String) async throws {
        let ward = try await signingWard(), outcome = signed(ward, message("anna@\(author)"))
        #expect(outcome.signatures.map(\.algorithm) == ["rsa-sha256", "ed25519-sha256"] && outcome.unsigned.isEmpty && outcome.wrong.isEmpty)
        #expect(outcome.signatures.allSatisfy { $0.domain == "example.org" && $0.field.hasPrefix("v=1; a=") && !$0.field.hasSuffix("\n") })
        let top = outcome.signatures.map { "\(SigningOutcome.fieldName): \($0.field)\r\n" }.joined()
        let evidence = await DKIMVerifier(resolver: ward.dns[0]).verify(Message(octets: Array(top.utf8) + message("anna@\(author)").octets), at: ward.now.seconds, by: .now + .seconds(60))
        #expect(evidence.signatures.map(\.result) == [.pass, .pass], "\(evidence)")
        #expect(evidence.signatures.map(\.domain) == ["example.org", "example.org"])
    }

    @Test func whyNot() async throws {
        let ward = try await signingWard()
        func reasons(_ message: Message, tenant: String = "t") -> [UnsignedReason] { signed(ward, message, tenant: tenant).unsigned.map(\.reason) }
        #expect(reasons(message("anna@example.net")) == [.noKey] && reasons(message(), tenant: "u") == [.noKey])
        #expect(reasons(message("nobody")) == [.noAuthor])
        #expect(reasons(message(more: "From: eve@example.org\r\n")) == [.notSignable])
        let two = signed(ward, message("anna@example.org, eve@example.net, eva@example.org"))
        #expect(two.signatures.count == 2 && two.unsigned == [.init(domain: "example.net", reason: .noKey, detail: "no key for the domain example.net")])
        let families = Dictionary(uniqueKeysWithValues: ward.ring.families().map { ($0.name, $0.samples) })
        #expect(families["postern_dkim_signatures_total"]?.map(\.value) == [2])
        #expect(families["postern_dkim_unsigned_total"]?.first { $0.labels.first?.value == "no_key" }?.value == 3)
    }

    @Test func aCrowdOfAuthorsIsSignedForInPart() async throws {
        let ward = try await signingWard(), crowd = (0..<50).map { "x@d\($0).example" }.joined(separator: ", ")
        #expect(signed(ward, message(crowd)).unsigned.count == 4)
    }
}
