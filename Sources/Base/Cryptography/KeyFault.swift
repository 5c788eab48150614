/// Why a key is not taken.
package enum KeyFault: Error, Sendable, Hashable, CustomStringConvertible {
    case notRSA
    /// Of RSA: even, 1, or longer than 64 bits.
    case exponent
    /// A private key with parts far longer than the modulus.
    case length
    /// A private key that signs what its public half does not verify.
    case halves

    /// What the key is or has, to stand behind its name.
    package var description: String {
        switch self {
        case .notRSA: "is not an RSA key"
        case .exponent: "has a public exponent that is not an odd number from 3 to 2^64-1"
        case .length: "has parts that are longer than its modulus"
        case .halves: "signs what its own public half does not verify: its parts do not belong together"
        }
    }
}
