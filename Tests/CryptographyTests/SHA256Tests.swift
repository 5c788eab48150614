import Cryptography
import Testing

@Suite struct SHA256Tests {
    /// FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    ])
    func known(_ text: String, _ digest: String) {
        #expect(SHA256.digest(Array(text.utf8)).hexadecimal == digest)
        for cut in 0...text.utf8.count {
            let octets = Array(text.utf8)
            var hash = SHA256()
            hash.update(octets[..<cut])
            hash.update(octets[cut...])
            #expect(hash.finish().hexadecimal == digest)
        }
    }

    @Test func secrets() throws {
        let one = try randomOctets(32), other = try randomOctets(32)
        #expect(one.count == 32)
        #expect(one != other)
        #expect(equalInConstantTime(one, one))
        #expect(!equalInConstantTime(one, other))
        #expect(!equalInConstantTime(one, Array(one.dropLast())))
    }
}
