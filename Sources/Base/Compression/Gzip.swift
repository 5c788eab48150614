internal import CZlib

/// Writing gzip.
/// Source: RFC 1952.
package enum Gzip {
    /// One member without name and time: the same octets give the same stream.
    /// - Parameter level: 0 (stored) … 9 (smallest).
    /// - Throws: ``CompressionError/noMemory``.
    package static func compress(_ octets: [UInt8], level: Int32 = 6) throws(CompressionError) -> [UInt8] {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        defer { unsafe stream.deallocate() }
        guard unsafe postern_deflate_open(stream, min(max(level, 0), 9), CompressedFormat.gzip.windowBits) == Z_OK else { throw .noMemory }
        defer { unsafe deflateEnd(stream) }
        var output: [UInt8] = [], piece = [UInt8](repeating: 0, count: 65_536), rest = octets[...]
        while true {
            let offered = UInt32(clamping: rest.count), room = UInt32(clamping: piece.count)
            let flush = Int(offered) == rest.count ? Z_FINISH : Z_NO_FLUSH
            let status = unsafe rest.withUnsafeBufferPointer { from in
                unsafe piece.withUnsafeMutableBufferPointer { to in
                    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: from.baseAddress)
                    unsafe stream.pointee.avail_in = offered
                    unsafe stream.pointee.next_out = to.baseAddress
                    unsafe stream.pointee.avail_out = room
                    return unsafe deflate(stream, flush)
                }
            }
            output += unsafe piece.prefix(Int(room &- stream.pointee.avail_out))
            rest = unsafe rest.dropFirst(Int(offered &- stream.pointee.avail_in))
            if status == Z_STREAM_END { return output }
            guard status == Z_OK || status == Z_BUF_ERROR else { throw .noMemory }
        }
    }
}

extension Gzip {
    /// The sum a ZIP archive keeps of a member (RFC 1952 §8).
    static func checksum(_ octets: [UInt8]) -> UInt32 {
        unsafe octets.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: unsafe crc32_z(0, $0.baseAddress, $0.count)) }
    }
}
