/// As much of DER as it takes to put RSA keys together that nobody would make.
/// Source: ITU-T X.690 §8, §10.
package enum DER {
    package static func element(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        let count = content.count
        let length: [UInt8] = count < 128 ? [UInt8(count)] : count < 256 ? [0x81, UInt8(count)] : [0x82, UInt8(count >> 8), UInt8(count & 255)]
        return [tag] + length + content
    }

    /// A sequence of integers.
    /// - Parameter integers: each at least an octet, the first one the highest; not negative.
    package static func sequence(_ integers: [[UInt8]]) -> [UInt8] {
        element(0x30, integers.flatMap { element(2, ($0[0] >= 128 ? [0] : []) + $0) })
    }

    /// The contents of the elements that stand in a sequence, one behind another.
    package static func elements(_ sequence: [UInt8]) -> [[UInt8]] {
        func read(_ octets: ArraySlice<UInt8>) -> (content: ArraySlice<UInt8>, rest: ArraySlice<UInt8>) {
            let first = Int(octets[octets.startIndex + 1]), more = first < 128 ? 0 : first - 128, start = octets.startIndex + 2 + more
            let count = more == 0 ? first : octets[(octets.startIndex + 2)..<start].reduce(0) { $0 << 8 + Int($1) }
            return (octets[start..<(start + count)], octets[(start + count)...])
        }
        var rest = read(sequence[...]).content, found: [[UInt8]] = []
        while !rest.isEmpty {
            let (content, more) = read(rest)
            found.append(Array(content))
            rest = more
        }
        return found
    }

    /// RSAPublicKey with another exponent than the one in `info`, a SubjectPublicKeyInfo.
    package static func rsaPublicKey(_ info: [UInt8], exponent: [UInt8]) -> [UInt8] {
        let modulus = elements(Array(elements(info)[1].dropFirst()))[0]
        return sequence([Array(modulus.drop { $0 == 0 }), exponent])
    }

    /// The nine integers of RSAPrivateKey in a PKCS #8 key: version, n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p.
    package static func rsaParts(_ pkcs8: [UInt8]) -> [[UInt8]] { elements(elements(pkcs8)[2]).map { $0.count > 1 ? Array($0.drop { $0 == 0 }) : $0 } }
}
