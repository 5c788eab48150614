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

    /// A.2 and A.3, with the key of appendix C. In the simple form every space counts: the signature is that of two spaces before the
    /// address and one between the sentences (the bh= is therefore that of RFC 8463's relaxed body, which has two), of lines folded with six.
    static let rfc6376 = """
        DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;
              c=simple/simple; q=dns/txt; i=joe@football.example.com;
              h=Received : From : To : Subject : Date : Message-ID;
              bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
              b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB
                4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut
                KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV
                4bmp/YzhwvcubU4=;
        Received: from client1.football.example.com  [192.0.2.1]
              by submitserver.example.com with SUBMISSION;
              Fri, 11 Jul 2003 21:01:54 -0700 (PDT)
        From: Joe SixPack <joe@football.example.com>
        To: Suzie Q <suzie@shopping.example.net>
        Subject: Is dinner ready?
        Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
        Message-ID: <20030712040037.46341.5F8J@football.example.com>

        Hi.

        We lost the game. Are you hungry yet?

        Joe.

        """

    static let rfc6376Keys = [("brisbane._domainkey.example.com", """
        v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v\
        /RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB
        """)]

    @Test("RFC 6376 appendix A, with either kind of line end", arguments: [false, true])
    func simpleSignature(_ crlf: Bool) async {
        let message = Array((crlf ? Self.rfc6376.replacing("\n", with: "\r\n") : Self.rfc6376).utf8)
        let evidence = await Self.verify(message, Self.resolver(Self.rfc6376Keys))
        #expect(evidence == DKIMEvidence(signatures: [
            DKIMOutcome(result: .pass, domain: "example.com", selector: "brisbane", identity: "joe@football.example.com", algorithm: "rsa-sha256",
                        canonicalization: "simple/simple", signatureHead: "AuUoFEfD", keyBits: 1024),
        ]))
    }

    @Test("RFC 6376: one space more or less where a reader sees none, and the signature fails", arguments: [
        ("com  [192", "com [192"), ("      by", "     by"), ("game. Are", "game.  Are"), ("h=Received :", "h=Received:"), ("q=dns/txt; i", "q=dns/txt;  i"),
    ])
    func simpleSpaces(_ text: String, _ other: String) async {
        let evidence = await Self.verify(Array(Self.rfc6376.replacing(text, with: other).utf8), Self.resolver(Self.rfc6376Keys))
        #expect(Self.rfc6376.contains(text) && evidence.signatures.map(\.result) == [.fail])
    }

    @Test("RFC 6376 and 8463: one octet changed anywhere, and not all signatures pass", .longWork, arguments: [(rfc6376, rfc6376Keys, 1, "cubU4="), (rfc8463, keys, 2, "ADY+8=")])
    func flipped(_ text: String, _ keys: [(String, String)], _ signatures: Int, _ last: String) async {
        let message = Array(text.utf8), resolver = Self.resolver(keys)
        var uncovered: [String] = []
        for at in message.indices {
            var other = message
            other[at] ^= 1
            if await Self.verify(other, resolver).signatures.count(where: { $0.result == .pass }) == signatures {
                uncovered.append(String(decoding: message[(at - 4)...(at + 1)], as: UTF8.self))
            }
        }
        // The last character of a b= with padding has bits that mean nothing.
        #expect(uncovered == [last])
    }
}
