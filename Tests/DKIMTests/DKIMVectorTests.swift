import DKIM
import DNS
import Mail
import TestSupport
import Testing

/// The worked examples of the standards.
@Suite struct DKIMVectorTests {
    static func resolver(_ texts: [(String, String)]) -> MemoryResolver {
        let resolver = MemoryResolver()
        for (name, text) in texts { resolver.txt(name, text) }
        return resolver
    }

    static func verify(_ message: [UInt8], _ resolver: MemoryResolver, at seconds: Int = 1_700_000_000, limits: DKIMLimits = DKIMLimits()) async -> DKIMEvidence {
        await DKIMVerifier(resolver: resolver, limits: limits).verify(Message(octets: message), at: seconds, by: .now + .seconds(20))
    }

    static let rfc8463 = """
        DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
         d=football.example.com; i=@football.example.com;
         q=dns/txt; s=brisbane; t=1528637909; h=from : to :
         subject : date : message-id : from : subject : date;
         bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
         b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
         Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;
         d=football.example.com; i=@football.example.com;
         q=dns/txt; s=test; t=1528637909; h=from : to : subject :
         date : message-id : from : subject : date;
         bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
         b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3
         DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz
         dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game.  Are you hungry yet?

        Joe.

        """

    static let keys = [
        ("brisbane._domainkey.football.example.com", "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="),
        ("test._domainkey.football.example.com", """
            v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8\
            uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
            """),
    ]

    @Test("RFC 8463 appendix A, with either kind of line end", arguments: [false, true])
    func bothSignatures(_ crlf: Bool) async {
        let message = Array(Self.rfc8463.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: crlf ? "\r\n" : "\n").utf8)
        let evidence = await Self.verify(message, Self.resolver(Self.keys))
        #expect(evidence == DKIMEvidence(signatures: [
            DKIMOutcome(result: .pass, domain: "football.example.com", selector: "brisbane", identity: "@football.example.com", algorithm: "ed25519-sha256",
                        canonicalization: "relaxed/relaxed", signatureHead: "/gCrinpc", keyBits: 256, signedAt: 1_528_637_909),
            DKIMOutcome(result: .pass, domain: "football.example.com", selector: "test", identity: "@football.example.com", algorithm: "rsa-sha256",
                        canonicalization: "relaxed/relaxed", signatureHead: "F45dVWDf", keyBits: 1024, signedAt: 1_528_637_909),
        ]))
    }

    @Test("RFC 8463: one octet changed anywhere, and not both signatures pass", .longWork)
    func flipped() async {
        let message = Array(Self.rfc8463.utf8), resolver = Self.resolver(Self.keys)
        var uncovered: [String] = []
        for at in message.indices {
            var other = message
            other[at] ^= 1
            if await Self.verify(other, resolver).signatures.count(where: { $0.result == .pass }) == 2 {
                uncovered.append(String(decoding: message[(at - 4)...(at + 1)], as: UTF8.self))
            }
        }
        // The last character of a b= with padding has bits that mean nothing.
        #expect(uncovered == ["ADY+8="])
    }
}
