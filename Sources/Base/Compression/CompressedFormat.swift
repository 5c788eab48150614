/// A way in which one run of octets is compressed.
package enum CompressedFormat: String, Sendable, Hashable, CaseIterable {
    /// Source: RFC 1952.
    case gzip
    /// Source: RFC 1950.
    case zlib
    /// Source: RFC 1951.
    case deflate

    var windowBits: Int32 {
        switch self {
        case .gzip: 31
        case .zlib: 15
        case .deflate: -15
        }
    }

    /// The octets that were compressed; of gzip all members, one after the other, and what follows the last member is passed over.
    /// - Throws: ``CompressionError``; nothing is kept of what came out before.
    /// Limits: ``CompressionLimits/outputOctets``, ``CompressionLimits/ratio``, ``CompressionLimits/members``; met before more is made room for.
    package func expand(_ octets: ArraySlice<UInt8>, limits: CompressionLimits = CompressionLimits()) throws(CompressionError) -> [UInt8] {
        var stream = try InflateStream(self)
        var rest = octets, output: [UInt8] = [], piece = [UInt8](repeating: 0, count: 65_536), members = 1
        while true {
            let step = stream.step(rest, into: &piece)
            rest = rest.dropFirst(step.read)
            try limits.check(output: output.count &+ step.written, input: octets.count &- rest.count)
            output += piece.prefix(step.written)
            if let fault = step.fault { throw fault == "no memory" ? .noMemory : .damaged(fault) }
            if step.isAtEnd {
                guard self == .gzip, rest.starts(with: [0x1f, 0x8b]) else { return output }
                members += 1
                if members > limits.members { throw .limit(.members) }
                stream.restart()
            } else if step.read == 0, step.written == 0 {
                throw .truncated
            }
        }
    }

    /// The octets that were compressed.
    /// - Throws: ``CompressionError``.
    package func expand(_ octets: [UInt8], limits: CompressionLimits = CompressionLimits()) throws(CompressionError) -> [UInt8] {
        try expand(octets[...], limits: limits)
    }
}

extension CompressionLimits {
    /// - Parameters:
    ///   - output: octets that came out so far.
    ///   - input: octets they came from.
    func check(output: Int, input: Int) throws(CompressionError) {
        if output > outputOctets { throw .limit(.outputOctets) }
        if output > freeOctets, output / max(input, 1) >= ratio { throw .limit(.ratio) }
    }
}
