import Cryptography
import DKIM
import DNS
import Mail

/// One RSA-2048 signature, relaxed/relaxed, on a message that is read already, the key cached.
enum DKIMPart {
    /// Knows one record.
    private struct OneRecord: Resolver {
        let record: [UInt8]

        func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer { .records([.text(record)], .insecure) }
    }

    static func run(seconds: Double, octets size: Int) async throws {
        let key = try PrivateKey.generate(.rsa, bits: 2048), name = DomainName(trusted: "example.org")
        let header = "From: Anna <anna@example.org>\r\nTo: b@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.org>\r\nSubject: Figures\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
        var octets = Array(header.utf8), line = 0
        while octets.count < size {
            line += 1
            octets += Array("Line \(line) of a text  that people write, with words of several lengths and a number.\r\n".utf8)
        }
        let field = try DKIMSigner().sign(Message(octets: octets), with: [DKIMSigningKey(key, selector: DomainName(trusted: "s"), domain: name)], at: 1_700_000_000)
        let message = Message(octets: field.flatMap(\.octets) + octets)
        let verifier = DKIMVerifier(resolver: OneRecord(record: Array("v=DKIM1; p=".utf8) + Base64.encode(key.publicOctets)))
        let found = await verifier.verify(message, at: 1_700_000_100, by: .now + .seconds(10))
        guard found.signatures.first?.result == .pass else { print("postern dkim: the signature does not verify: \(found)"); return }
        let each = await Parts.microseconds(for: seconds) { _ = await verifier.verify(message, at: 1_700_000_100, by: .now + .seconds(10)) }
        print("postern dkim \((each.mean * 10).rounded() / 10) us  least \((each.least * 10).rounded() / 10) us  octets=\(octets.count)")
    }
}
