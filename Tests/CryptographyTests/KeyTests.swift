import Cryptography
import TestSupport
import Testing

@Suite struct KeyTests {
    @Test(arguments: [(KeyKind.rsa, 1024), (.rsa, 2048), (.ed25519, 256)])
    func whatAKeySignsItsPublicHalfVerifies(_ kind: KeyKind, bits: Int) throws {
        let key = try PrivateKey.generate(kind, bits: bits), digest = SHA256.digest(Array("a message".utf8))
        #expect(key.bits == bits && key.kind == kind)
        let signature = try #require(key.signature(of: digest)), publicKey = try #require(key.publicKey)
        #expect(publicKey.bits == bits && publicKey.kind == kind)
        #expect(publicKey.verifies(signature, of: digest))
        #expect(!publicKey.verifies(signature, of: SHA256.digest(Array("another".utf8))))
        for place in [0, signature.count / 2, signature.count - 1] {
            var other = signature
            other[place] ^= 1
            #expect(!publicKey.verifies(other, of: digest))
        }
        #expect(!publicKey.verifies([], of: digest) && !publicKey.verifies(signature + [0], of: digest))
        #expect(try !#require(PrivateKey.generate(kind, bits: bits).publicKey).verifies(signature, of: digest))
    }

    @Test(arguments: [KeyKind.rsa, .ed25519])
    func aKeyGoesThroughItsOctets(_ kind: KeyKind) throws {
        let key = try PrivateKey.generate(kind), again = try #require(PrivateKey.der(key.der))
        #expect(again.publicOctets == key.publicOctets && again.kind == kind)
        #expect(PrivateKey.der(Array(key.der.dropLast())) == nil)
    }

    @Test func whatIsNoKeyIsNone() {
        for octets: [UInt8] in [[], [0], Array("not a key".utf8), [UInt8](repeating: 0x30, count: 5000)] {
            #expect((try? PublicKey.rsa(octets)) == nil && PublicKey.ed25519(octets) == nil && PrivateKey.der(octets) == nil && PrivateKey.pem(octets) == nil)
        }
    }

    @Test func aBareRSAPublicKeyIsTaken() throws {
        let key = try PrivateKey.generate(.rsa, bits: 1024), info = key.publicOctets
        // SubjectPublicKeyInfo of RSA: 22 octets of frame and algorithm before RSAPublicKey at this size.
        let bare = try PublicKey.rsa(Array(info.dropFirst(22))), digest = SHA256.digest([1])
        #expect(bare.verifies(try #require(key.signature(of: digest)), of: digest))
        #expect(throws: KeyFault.notRSA) { try PublicKey.rsa(info + [0]) }
    }

    static let exponents: [(String, [UInt8], Bool)] = [
        ("3", [3], true), ("5", [5], true), ("17", [17], true), ("257", [1, 1], true), ("65537", [1, 0, 1], true), ("2^32+1", [1, 0, 0, 0, 1], true), ("2^64-1", [UInt8](repeating: 255, count: 8), true),
        ("0", [0], false), ("1", [1], false), ("2", [2], false), ("65536", [1, 0, 0], false), ("2^64-2", [UInt8](repeating: 255, count: 7) + [254], false),
        ("2^64+1", [1, 0, 0, 0, 0, 0, 0, 0, 1], false), ("as long as the modulus", [UInt8](repeating: 127, count: 256), false),
    ]

    @Test("The public exponent is odd and 3…2^64-1", .longWork, arguments: exponents, [1024, 2048])
    func exponent(_ row: (name: String, octets: [UInt8], isTaken: Bool), bits: Int) throws {
        let octets = DER.rsaPublicKey(try PrivateKey.generate(.rsa, bits: bits).publicOctets, exponent: row.octets)
        if row.isTaken { #expect(try PublicKey.rsa(octets).bits == bits) } else { #expect(throws: KeyFault.exponent) { try PublicKey.rsa(octets) } }
    }

    @Test("A verification costs more with a longer modulus and a longer exponent", arguments: [(1024, [1, 0, 1], 1), (1024, [3], 1), (2048, [1, 0, 1], 4), (2048, [3], 1), (4096, [1, 0, 1], 16),
                                                                                                (2048, [UInt8](repeating: 255, count: 8), 16)] as [(Int, [UInt8], Int)])
    func costs(bits: Int, exponent: [UInt8], cost: Int) throws {
        #expect(try PublicKey.rsa(DER.rsaPublicKey(try PrivateKey.generate(.rsa, bits: bits).publicOctets, exponent: exponent)).cost == cost)
        #expect(try PrivateKey.generate(.ed25519).publicKey?.cost == 20)
    }

    @Test(arguments: [(KeyKind.rsa, 1024), (.rsa, 4096), (.ed25519, 256)])
    func whatWasMadeHereProvesItself(_ kind: KeyKind, bits: Int) throws {
        let key = try PrivateKey.generate(kind, bits: bits)
        try key.prove()
        try #require(PrivateKey.der(key.der)).prove()
    }
}

@Suite struct MasterKeyTests {
    @Test(arguments: [0, 1, 15, 16, 17, 1000])
    func whatIsSealedOpens(_ count: Int) throws {
        let key = try #require(MasterKey([UInt8](repeating: 7, count: 32))), plain = [UInt8](repeating: 42, count: count)
        let sealed = try key.seal(plain, for: [1, 2])
        #expect(sealed.count == count + 28)
        #expect(key.open(sealed, for: [1, 2]) == plain)
        #expect(key.open(sealed, for: [1, 3]) == nil && key.open(sealed, for: []) == nil)
        #expect(try #require(MasterKey([UInt8](repeating: 8, count: 32))).open(sealed, for: [1, 2]) == nil)
        for place in sealed.indices {
            var other = sealed
            other[place] ^= 1
            #expect(key.open(other, for: [1, 2]) == nil)
        }
        #expect(key.open(Array(sealed.dropLast()), for: [1, 2]) == nil)
        #expect(try key.seal(plain, for: [1, 2]) != sealed)
    }

    @Test func aKeyHas32Octets() {
        #expect(MasterKey([]) == nil && MasterKey([UInt8](repeating: 0, count: 31)) == nil && MasterKey([UInt8](repeating: 0, count: 33)) == nil)
    }
}
