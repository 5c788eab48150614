import Cryptography
import DKIM
import DNS
import Testing
import TestSupport

@Suite struct KeyRecordTests {
    private func signingKey(_ kind: KeyKind, _ key: PrivateKey) -> SigningKey {
        SigningKey(tenant: "t", domain: DomainName(trusted: "example.org"), selector: DomainName(trusted: "s1"), kind: kind, bits: key.bits, publicKey: key.publicOctets,
                   isImported: false, createdAt: 0, createdBy: "test")
    }

    @Test func anRSAKeyIsCutForZoneFiles() throws {
        let key = signingKey(.rsa, try PrivateKey.generate(.rsa)), record = try #require(key.record)
        #expect(record.owner.text == "s1._domainkey.example.org")
        #expect(record.text.hasPrefix("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"))
        #expect(record.strings.map(\.utf8.count) == [255, 155] && record.strings.joined() == record.text)
        #expect(record.quoted == "\"\(record.strings[0])\" \"\(record.strings[1])\"")
        #expect(record.zoneFile() == "s1._domainkey.example.org. 3600 IN TXT (\n    \"\(record.strings[0])\"\n    \"\(record.strings[1])\" )")
    }

    @Test func anEd25519KeyIsOneString() {
        // RFC 8463 A.2.
        let octets: [UInt8] = [0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a]
        let record = KeyRecordText(owner: DomainName(trusted: "brisbane._domainkey.football.example.com"), kind: .ed25519, publicKey: octets)
        #expect(record.text == "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        #expect(record.zoneFile(ttl: 60) == "brisbane._domainkey.football.example.com. 60 IN TXT \"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\"")
    }

    @Test(.longWork) func whatIsPublishedIsSeen() async throws {
        let keys = try [KeyKind.rsa, .ed25519].map { kind in (kind, signingKey(kind, try PrivateKey.generate(kind, bits: 4096))) }
        for (_, key) in keys {
            let record = try #require(key.record)
            #expect(record.strings.allSatisfy { $0.utf8.count <= 255 && $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c } })
            let resolver = MemoryResolver()
            resolver.txt(record.owner.text, record.strings.joined())
            #expect(key.sighting(in: await resolver.texts(at: record.owner, by: .now + .seconds(1))) == .matches)
        }
    }

    @Test func sightings() throws {
        let key = signingKey(.ed25519, try PrivateKey.generate(.ed25519)), other = signingKey(.ed25519, try PrivateKey.generate(.ed25519))
        let text = try #require(key.record).text
        let encoded = String(text.dropFirst("v=DKIM1; k=ed25519; p=".count))
        func seen(_ texts: String...) -> RecordSighting { key.sighting(in: .some(texts.map { Array($0.utf8) })) }
        #expect(seen(text) == .matches)
        #expect(seen("k=ed25519; p=\(encoded)") == .matches)
        #expect(seen("v=DKIM1;k=ed25519;h=sha256;s=email;t=y;n=note;p= \(encoded.prefix(10)) \(encoded.dropFirst(10));") == .matches)
        #expect(seen("v=spf1 -all", text) == .matches)
        #expect(seen("v=spf1 -all") == .missing)
        #expect(key.sighting(in: .none(nameError: true)) == .missing && key.sighting(in: .none(nameError: false)) == .missing)
        #expect(key.sighting(in: .trouble(.timeout)) == .trouble("no answer by the deadline"))
        #expect(seen(text, text) == .other("there are 2 key records"))
        #expect(seen(try #require(other.record).text) == .other("the key is another one"))
        #expect(seen("v=DKIM1; k=ed25519; p=") == .other("the key is revoked"))
        for faulty in ["v=DKIM1; p=\(encoded)", "v=DKIM1; k=rsa; p=\(encoded)", "v=DKIM1; k=ed25519; h=sha1; p=\(encoded)", "v=DKIM1; k=ed25519; s=tlsrpt; p=\(encoded)",
                       "v=DKIM1; k=ed25519", text + "; p=x", "v=DKIM1; k=ed25519; p=\(encoded.dropLast(4))", "v=DKIM1; k=ed25519; p=***", "v=DKIM12; k=ed25519; p=\(encoded)"] {
            #expect(seen(faulty).word == "other", "\(faulty)")
        }
    }

    /// What the text of RFC 6376 asks for, and nearly nobody publishes.
    @Test func aBareRSAKeyMatchesToo() throws {
        let key = signingKey(.rsa, try PrivateKey.generate(.rsa, bits: 1024)), text = try #require(key.record).text
        let bare = KeyRecordText(owner: DomainName(trusted: "x"), kind: .rsa, publicKey: Array(key.publicKey.dropFirst(22))).text
        #expect(text != bare)
        #expect(key.sighting(in: .some([Array(bare.utf8)])) == .matches)
        let other = signingKey(.rsa, try PrivateKey.generate(.rsa, bits: 1024))
        #expect(other.sighting(in: .some([Array(bare.utf8)])) == .other("the key is another one"))
    }
}

@Suite struct SelectorNameTests {
    private func names(_ kinds: [KeyKind], taken: String...) -> [String]? {
        SelectorName.next(kinds, day: "20261126", taken: Set(taken.map { DomainName(trusted: $0) }))?.map(\.text)
    }

    @Test func names() {
        #expect(names([.rsa, .ed25519]) == ["p20261126-rsa", "p20261126-ed25519"])
        #expect(names([.rsa]) == ["p20261126-rsa"])
        #expect(names([.rsa, .ed25519], taken: "p20261126-rsa") == ["p20261126b-rsa", "p20261126b-ed25519"])
        #expect(names([.ed25519], taken: "p20261126-rsa", "p20261126b-ed25519") == ["p20261126-ed25519"])
        let all = ([""] + "bcdefghijklmnopqrstuvwxyz".map(String.init)).map { DomainName(trusted: "p20261126\($0)-rsa") }
        #expect(SelectorName.next([.rsa], day: "20261126", taken: Set(all)) == nil)
    }

    @Test(arguments: [("mail", "mail"), ("MAIL._x.2", "mail._x.2"), ("", nil), (".", nil), ("a.", nil), ("a..b", nil), ("rotate", nil), ("check", nil), ("a b", nil), ("a\\.b", nil), ("*", nil)])
    func read(_ text: String, _ name: String?) { #expect(SelectorName.read(text)?.text == name) }
}

@Suite struct KeySealTests {
    @Test func aSealedKeyOpensInItsPlaceOnly() throws {
        let seal = KeySeal(try #require(MasterKey([UInt8](repeating: 7, count: 32)))), key = try PrivateKey.generate(.ed25519)
        let domain = DomainName(trusted: "example.org"), selector = DomainName(trusted: "s1")
        let sealed = try seal.seal(key, tenant: "t", domain: domain, selector: selector)
        #expect(seal.open(sealed, tenant: "t", domain: domain, selector: selector)?.publicOctets == key.publicOctets)
        #expect(seal.open(sealed, tenant: "u", domain: domain, selector: selector) == nil)
        #expect(seal.open(sealed, tenant: "t", domain: selector, selector: domain) == nil)
        #expect(KeySeal(try #require(MasterKey([UInt8](repeating: 8, count: 32)))).open(sealed, tenant: "t", domain: domain, selector: selector) == nil)
    }
}
