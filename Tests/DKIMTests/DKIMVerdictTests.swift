import Cryptography
import DKIM
import DNS
import Mail
import TestSupport
import Testing

/// Each rule by one row: all are signed as they stand, so that nothing but the rule decides.
@Suite struct DKIMVerdictTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var changes: [(String, String?)] = []
        var record: String?
        var result: DKIMResult = .pass
        var problem: String?
    }

    static let signatures: [Row] = [
        Row(testDescription: "as it is"),
        Row(testDescription: "no v=", changes: [("v", nil)], result: .permerror, problem: "v= is missing"),
        Row(testDescription: "v=2", changes: [("v", "2")], result: .permerror, problem: "v=2 is not version 1"),
        Row(testDescription: "v= of a draft", changes: [("v", "0.5")], result: .permerror, problem: "v=0.5 is not version 1"),
        Row(testDescription: "no a=", changes: [("a", nil)], result: .permerror, problem: "a= is missing"),
        Row(testDescription: "rsa-sha1", changes: [("a", "rsa-sha1")], result: .permerror, problem: "rsa-sha1 must not be used to sign or to verify (RFC 8301 §3.1)"),
        Row(testDescription: "an unknown algorithm", changes: [("a", "ecdsa-sha256")], result: .permerror, problem: "a=ecdsa-sha256 is not an algorithm known here"),
        Row(testDescription: "no d=", changes: [("d", nil)], result: .permerror, problem: "d= is missing"),
        Row(testDescription: "empty d=", changes: [("d", "")], result: .neutral, problem: "d= is empty"),
        Row(testDescription: "d= that is no name", changes: [("d", "a b")], result: .neutral, problem: "d=a b is not a domain name"),
        Row(testDescription: "d= with an escape", changes: [("d", "\\115ender.example")], result: .neutral, problem: "d=\\115ender.example is not a domain name"),
        Row(testDescription: "d= in capitals", changes: [("d", "Sender.EXAMPLE")]),
        Row(testDescription: "no s=", changes: [("s", nil)], result: .permerror, problem: "s= is missing"),
        Row(testDescription: "no h=", changes: [("h", nil)], result: .permerror, problem: "h= is missing"),
        Row(testDescription: "empty name in h=", changes: [("h", "from::to")], result: .neutral, problem: "h= is not a list of field names"),
        Row(testDescription: "h= without From", changes: [("h", "to:subject")], result: .permerror, problem: "h= does not cover the From field"),
        Row(testDescription: "h= with From in another case", changes: [("h", "FROM : To")]),
        Row(testDescription: "h= with names that are not there", changes: [("h", "from:from:x-none:to:subject:subject")]),
        Row(testDescription: "no bh=", changes: [("bh", nil)], result: .permerror, problem: "bh= is missing"),
        Row(testDescription: "bh= that is no base64", changes: [("bh", "!")], result: .neutral, problem: "bh= is not base64"),
        Row(testDescription: "bh= of SHA-1", changes: [("bh", "uoq1oCgLlTqpdDX/iUbLy7J1Wic=")], result: .permerror, problem: "bh= is not a hash of SHA-256"),
        Row(testDescription: "bh= of another body", changes: [("bh", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")], result: .fail, problem: "the body is not what was signed"),
        Row(testDescription: "b= that is no base64", changes: [("b", "x")], result: .neutral, problem: "b= is not base64"),
        Row(testDescription: "b= of nobody", changes: [("b", "AAAA")], result: .fail, problem: "the signature is not that of the key over the header"),
        Row(testDescription: "no b=", changes: [("b", nil)], result: .permerror, problem: "b= is missing"),
        Row(testDescription: "no c=", changes: [("c", nil)]),
        Row(testDescription: "c=relaxed", changes: [("c", "relaxed")]),
        Row(testDescription: "c=simple/relaxed", changes: [("c", "simple/relaxed")]),
        Row(testDescription: "unknown c=", changes: [("c", "nowsp")], result: .permerror, problem: "c=nowsp is not a canonicalization known here"),
        Row(testDescription: "unknown c= of the body", changes: [("c", "relaxed/nowsp")], result: .permerror, problem: "c=relaxed/nowsp is not a canonicalization known here"),
        Row(testDescription: "i= within d=", changes: [("i", "joe@mail.sender.example")]),
        Row(testDescription: "i= quoted", changes: [("i", "j=6Fe=3Bx@sender.example")]),
        Row(testDescription: "i= without local-part", changes: [("i", "@sender.example")]),
        Row(testDescription: "i= outside d=", changes: [("i", "@other.example")], result: .permerror, problem: "i=@other.example is not within d=sender.example"),
        Row(testDescription: "i= that only ends like d=", changes: [("i", "@evilsender.example")], result: .permerror, problem: "i=@evilsender.example is not within d=sender.example"),
        Row(testDescription: "i= without @", changes: [("i", "sender.example")], result: .neutral, problem: "i=sender.example is not an identity"),
        Row(testDescription: "i= badly quoted", changes: [("i", "a=@sender.example")], result: .neutral, problem: "i=a=@sender.example is not an identity"),
        Row(testDescription: "l= of all", changes: [("l", "19")]),
        Row(testDescription: "l= of none", changes: [("l", "0")]),
        Row(testDescription: "l= of more than there is", changes: [("l", "20")], result: .permerror, problem: "l=20 is more than the 19 octets of the body"),
        Row(testDescription: "l= beyond any number", changes: [("l", String(repeating: "9", count: 76))], result: .permerror, problem: "l=9223372036854775807 is more than the 19 octets of the body"),
        Row(testDescription: "l= that is no number", changes: [("l", "-1")], result: .neutral, problem: "l=-1 is not a number"),
        Row(testDescription: "q=dns/txt among others", changes: [("q", "http:dns/txt")]),
        Row(testDescription: "unknown q=", changes: [("q", "http")], result: .permerror, problem: "q=http has no way to fetch keys that is known here"),
        Row(testDescription: "t= in the past", changes: [("t", "1699999999")]),
        Row(testDescription: "t= a little in the future", changes: [("t", "1700000300")]),
        Row(testDescription: "t= in the future", changes: [("t", "1700000301")], result: .permerror, problem: "the signature is of the future (t=1700000301)"),
        Row(testDescription: "t= of thirteen digits", changes: [("t", "1700000000000")], result: .neutral, problem: "t=1700000000000 is not a number"),
        Row(testDescription: "x= now", changes: [("x", "1700000000")]),
        Row(testDescription: "x= past", changes: [("x", "1699999999")], result: .permerror, problem: "the signature expired (x=1699999999)"),
        Row(testDescription: "x= not after t=", changes: [("t", "1700000000"), ("x", "1700000000")], result: .permerror, problem: "x= is not after t="),
        Row(testDescription: "z=", changes: [("z", "From:a@sender.example|To:=20b")]),
        Row(testDescription: "an unknown tag", changes: [("zz_9", "any thing")]),
        Row(testDescription: "a tag without name", changes: [("", "x")], result: .neutral, problem: "the name of a tag is malformed ()"),
        Row(testDescription: "a tag name with a hyphen", changes: [("a-b", "x")], result: .neutral, problem: "the name of a tag is malformed (a-b)"),
        Row(testDescription: "a tag twice", changes: [("zz", "1; zz=2")], result: .neutral, problem: "zz= is there twice"),
        Row(testDescription: "an empty tag", changes: [("zz", "1; ")], result: .neutral, problem: "an empty tag"),
        Row(testDescription: "a control character", changes: [("zz", "a\u{1}b")], result: .neutral, problem: "a control character (\\x01) in zz="),
    ]

    @Test("Signatures", arguments: signatures)
    func signature(_ row: Row) async {
        let outcome = await HandSigner.outcome(HandSigner(row.changes).sign(HandSigner.message), record: row.record)
        #expect(outcome?.result == row.result, "\(outcome?.problem ?? "")")
        #expect(outcome?.problem == row.problem)
    }

    static let key = HandSigner.base64(HandSigner.rsa.publicOctets), small = HandSigner.base64(HandSigner.small.publicOctets)
    static let ed25519 = HandSigner.base64(HandSigner.ed25519.publicOctets)

    static let records: [Row] = [
        Row(testDescription: "no more than p=", record: "p=\(key)"),
        Row(testDescription: "p= in pieces", record: "v=DKIM1; p= \(key.prefix(50)) \r\n\t\(key.dropFirst(50)) ;"),
        Row(testDescription: "v= not first", record: "p=\(key); v=DKIM1", result: .permerror, problem: "key record: v= is not the first tag"),
        Row(testDescription: "another version", record: "v=DKIM2; p=\(key)", result: .permerror, problem: "key record: v=DKIM2 is not DKIM1"),
        Row(testDescription: "h=sha256", record: "v=DKIM1; h=sha1 : sha256; p=\(key)"),
        Row(testDescription: "h=sha1", record: "v=DKIM1; h=sha1; p=\(key)", result: .permerror, problem: "the key does not allow SHA-256 (h=)"),
        Row(testDescription: "s=*", record: "v=DKIM1; s=*; p=\(key)"),
        Row(testDescription: "s=email", record: "v=DKIM1; s=tlsrpt:email; p=\(key)"),
        Row(testDescription: "s=tlsrpt", record: "v=DKIM1; s=tlsrpt; p=\(key)", result: .permerror, problem: "the key is not for mail (s=)"),
        Row(testDescription: "unknown k=", record: "v=DKIM1; k=dsa; p=\(key)", result: .permerror, problem: "key record: k=dsa is not a kind of key known here"),
        Row(testDescription: "k= of the other kind", record: "v=DKIM1; k=ed25519; p=\(ed25519)", result: .permerror, problem: "the key is ed25519, the signature is rsa-sha256"),
        Row(testDescription: "no p=", record: "v=DKIM1; k=rsa", result: .permerror, problem: "key record: p= is missing"),
        Row(testDescription: "revoked", record: "v=DKIM1; p=", result: .permerror, problem: "the key is revoked"),
        Row(testDescription: "p= that is no base64", record: "v=DKIM1; p=#", result: .permerror, problem: "key record: p= is not base64"),
        Row(testDescription: "p= that is no RSA key", record: "v=DKIM1; p=AAAA", result: .permerror, problem: "key record: p= is not an RSA key"),
        Row(testDescription: "p= that is no Ed25519 key", record: "v=DKIM1; k=ed25519; p=AAAA", result: .permerror, problem: "key record: p= is not an Ed25519 key"),
        Row(testDescription: "512 bits", record: "v=DKIM1; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALgSoqXVSEmfcIsOzw7oRuCCOwsmtX/SJnTWxYyj2leFxfS/AVJ+dYfY+hXqMsT7l+MZvvh/R1WzN4MO/kI/7XsCAwEAAQ==",
            result: .permerror, problem: "an RSA key of 512 bits is too short (RFC 8301 §3.2 asks for 1024)"),
        Row(testDescription: "another key", record: "v=DKIM1; p=\(small)", result: .fail, problem: "the signature is not that of the key over the header"),
        Row(testDescription: "t=s with i= of d=", changes: [("i", "a@sender.example")], record: "v=DKIM1; t=s; p=\(key)"),
        Row(testDescription: "t=s with i= below d=", changes: [("i", "a@mail.sender.example")], record: "v=DKIM1; t=y:s; p=\(key)", result: .permerror,
            problem: "the key is for i= with the domain sender.example only (t=s)"),
        Row(testDescription: "g= of RFC 4871, notes and unknown tags", record: "v=DKIM1; g=nobody; n=a =3B note; zz=1; p=\(key)"),
        Row(testDescription: "a tag twice", record: "v=DKIM1; p=\(key); p=\(key)", result: .permerror, problem: "key record: p= is there twice"),
        Row(testDescription: "no list of tags", record: "hello", result: .permerror, problem: "key record: a tag without = (hello)"),
        Row(testDescription: "too long", record: "v=DKIM1; n=\(String(repeating: "n", count: 8_200)); p=\(key)", result: .permerror, problem: "the key record is longer than 8192 octets"),
    ]

    @Test("Key records", arguments: records)
    func record(_ row: Row) async {
        let outcome = await HandSigner.outcome(HandSigner(row.changes).sign(HandSigner.message), record: row.record)
        #expect(outcome?.result == row.result, "\(outcome?.problem ?? "")")
        #expect(outcome?.problem.map { $0.replacing("sel._domainkey.sender.example: ", with: "") } == row.problem)
    }

    @Test func flagsAndNumbersAreTold() async throws {
        let message = HandSigner([("l", "6"), ("i", "j=6Fe@news.sender.example"), ("t", "1699999999"), ("x", "1800000000")]).sign(HandSigner.message)
        let outcome = try #require(await HandSigner.outcome(message, record: HandSigner.record(HandSigner.rsa, "t=y; ")))
        #expect(outcome.result == .pass && outcome.isTesting && outcome.keyBits == 2048 && outcome.bodyLength == 6 && outcome.bodyUnsigned == 13)
        #expect(outcome.identity == "joe@news.sender.example" && outcome.signedAt == 1_699_999_999 && outcome.expiresAt == 1_800_000_000)
        #expect(outcome.canonicalization == "relaxed/relaxed" && outcome.signatureHead?.count == 8 && outcome.problem == nil)
        let longer = await HandSigner.outcome(message + "more than was signed\r\n")
        #expect(longer?.result == .pass && longer?.bodyUnsigned == 37)
    }

    @Test func trueKeysOfBothKinds() async {
        for key in [HandSigner.small, HandSigner.rsa, HandSigner.ed25519] {
            for c in ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"] {
                let outcome = await HandSigner.outcome(HandSigner([("c", c)], key: key).sign(HandSigner.message), record: HandSigner.record(key))
                #expect(outcome?.result == .pass && outcome?.keyBits == key.bits, "\(key.bits) \(c): \(outcome?.problem ?? "")")
            }
        }
    }
}
