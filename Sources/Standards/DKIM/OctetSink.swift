/// What takes canonical octets as they are made, in pieces cut anywhere.
package protocol OctetSink: ~Copyable {
    mutating func take(_ octets: UnsafeRawBufferPointer)
}

extension OctetSink where Self: ~Copyable {
    mutating func take(_ octet: UInt8) {
        unsafe withUnsafeBytes(of: octet) { unsafe take($0) }
    }

    /// CRLF so many times, in pieces.
    mutating func takeLineEnds(_ count: Int) {
        if count == 1 {
            unsafe withUnsafeBytes(of: UInt16(bigEndian: 0x0d0a)) { unsafe take($0) }
            return
        }
        var left = count
        while left > 0 {
            let now = min(left, Self.manyLineEnds.count / 2)
            unsafe Self.manyLineEnds.withUnsafeBytes { unsafe take(UnsafeRawBufferPointer(rebasing: $0[..<(now &* 2)])) }
            left &-= now
        }
    }

    private static var manyLineEnds: [UInt8] { lineEndOctets }
}

private let lineEndOctets: [UInt8] = (0..<512).flatMap { _ in [13, 10] as [UInt8] }

extension [UInt8]: OctetSink {
    package mutating func take(_ octets: UnsafeRawBufferPointer) { unsafe append(contentsOf: octets) }
}
