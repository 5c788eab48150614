internal import CZlib

/// A stream of deflate that is undone piece by piece.
/// Source: RFC 1950, RFC 1951, RFC 1952.
@safe struct InflateStream: ~Copyable {
    /// zlib keeps the address of the stream, so it must not move.
    private let stream: UnsafeMutablePointer<z_stream>

    struct Step {
        /// Octets taken from the input, and octets that are new at the begin of the piece.
        var read = 0, written = 0
        var isAtEnd = false
        /// What zlib says is wrong.
        var fault: String? = nil
    }

    init(_ format: CompressedFormat) throws(CompressionError) {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        guard unsafe postern_inflate_open(stream, format.windowBits) == Z_OK else { throw .noMemory }
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// Undoes as much as `piece` has room for.
    mutating func step(_ input: ArraySlice<UInt8>, into piece: inout [UInt8]) -> Step {
        var step = Step()
        let offered = UInt32(clamping: input.count), room = UInt32(clamping: piece.count)
        let status = unsafe input.withUnsafeBufferPointer { from in
            unsafe piece.withUnsafeMutableBufferPointer { to in
                unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: from.baseAddress)
                unsafe stream.pointee.avail_in = offered
                unsafe stream.pointee.next_out = to.baseAddress
                unsafe stream.pointee.avail_out = room
                return unsafe CZlib.inflate(stream, Z_NO_FLUSH)
            }
        }
        step.read = unsafe Int(offered &- stream.pointee.avail_in)
        step.written = unsafe Int(room &- stream.pointee.avail_out)
        switch status {
        case Z_OK, Z_BUF_ERROR: break
        case Z_STREAM_END: step.isAtEnd = true
        case Z_NEED_DICT: step.fault = "needs a dictionary"
        case Z_MEM_ERROR: step.fault = "no memory"
        default: step.fault = unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "not a stream"
        }
        return step
    }

    /// Begins another member.
    mutating func restart() { unsafe inflateReset(stream) }
}
