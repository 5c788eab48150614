internal import COpenSSL

/// Octets from the operating system's generator by way of OpenSSL.
/// - Parameter count: how many, 1…1024.
/// - Throws: `NoRandomness` when the generator has not enough entropy.
package func randomOctets(_ count: Int) throws(NoRandomness) -> [UInt8] {
    var octets = [UInt8](repeating: 0, count: min(max(count, 1), 1024))
    let status = unsafe octets.withUnsafeMutableBufferPointer { unsafe RAND_bytes($0.baseAddress, Int32($0.count)) }
    guard status == 1 else { throw NoRandomness() }
    return octets
}

/// The generator of random octets refused.
package struct NoRandomness: Error {}

/// Whether two secrets are equal, in a time that does not tell where they differ.
package func equalInConstantTime(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    guard one.count == other.count else { return false }
    return unsafe one.withUnsafeBytes { mine in
        unsafe other.withUnsafeBytes { its in unsafe CRYPTO_memcmp(mine.baseAddress, its.baseAddress, mine.count) == 0 }
    }
}
