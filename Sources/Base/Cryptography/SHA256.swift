internal import COpenSSL

/// SHA-256 over octets that come in pieces.
/// Source: FIPS 180-4 §6.2.
@safe package struct SHA256: ~Copyable {
    private let context: OpaquePointer?

    package init() {
        unsafe context = EVP_MD_CTX_new()
        _ = unsafe EVP_DigestInit_ex(context, Self.algorithm.pointer, nil)
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds octets to what is hashed; pieces may be cut anywhere.
    package mutating func update(_ octets: ArraySlice<UInt8>) {
        _ = unsafe octets.withUnsafeBytes { unsafe EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
    }

    /// Adds octets to what is hashed; pieces may be cut anywhere.
    package mutating func update(_ octets: [UInt8]) { update(octets[...]) }

    /// Adds octets to what is hashed; pieces may be cut anywhere.
    package mutating func update(_ octets: UnsafeRawBufferPointer) {
        _ = unsafe EVP_DigestUpdate(context, octets.baseAddress, octets.count)
    }

    /// The 32 octets of the digest of what came so far; more may follow.
    /// - Parameter tail: octets that this digest covers at its end, and those to come do not.
    package borrowing func digestSoFar(with tail: [UInt8] = []) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32), count: UInt32 = 0
        guard let copy = unsafe EVP_MD_CTX_new() else { return digest }
        defer { unsafe EVP_MD_CTX_free(copy) }
        guard unsafe EVP_MD_CTX_copy_ex(copy, context) == 1 else { return digest }
        _ = unsafe tail.withUnsafeBytes { unsafe EVP_DigestUpdate(copy, $0.baseAddress, $0.count) }
        _ = unsafe digest.withUnsafeMutableBufferPointer { unsafe EVP_DigestFinal_ex(copy, $0.baseAddress, &count) }
        return digest
    }

    /// The 32 octets of the digest.
    package consuming func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        _ = unsafe digest.withUnsafeMutableBufferPointer { unsafe EVP_DigestFinal_ex(context, $0.baseAddress, &count) }
        return digest
    }

    /// The 32 octets of the digest of one piece.
    package static func digest(_ octets: some Collection<UInt8>) -> [UInt8] {
        var hash = SHA256()
        hash.update(Array(octets))
        return hash.finish()
    }

    /// Fetched once: looking the algorithm up by name costs more than hashing a short message.
    @safe private struct Algorithm: @unchecked Sendable { let pointer: OpaquePointer? }   // immutable after the fetch
    private static let algorithm = unsafe Algorithm(pointer: EVP_MD_fetch(nil, "SHA256", nil))
}

extension Collection<UInt8> {
    /// Two lower-case hexadecimal digits for each octet.
    package var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(count * 2)
        for octet in self {
            let high = octet >> 4, low = octet & 15
            text.append(high < 10 ? 48 &+ high : 87 &+ high)
            text.append(low < 10 ? 48 &+ low : 87 &+ low)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
