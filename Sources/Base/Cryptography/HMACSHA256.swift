internal import COpenSSL

/// Shows that a text is of somebody who knows a secret, and that nobody changed it.
/// Source: RFC 2104 with SHA-256; RFC 4231.
package enum HMACSHA256 {
    /// - Parameter key: of any length.
    /// - Returns: 32 octets; nil where OpenSSL has no memory.
    package static func code(of text: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard let keyCount = Int32(exactly: key.count) else { return nil }
        var code = [UInt8](repeating: 0, count: 32), count: UInt32 = 0
        // An empty key needs a place, too: without one OpenSSL takes the key that it used last.
        let done = unsafe (key + [0]).withUnsafeBufferPointer { key in
            unsafe text.withUnsafeBufferPointer { text in
                unsafe code.withUnsafeMutableBufferPointer { code in
                    unsafe HMAC(EVP_sha256(), key.baseAddress, keyCount, text.baseAddress, text.count, code.baseAddress, &count) != nil
                }
            }
        }
        return done && count == 32 ? code : nil
    }
}
