extension CompressedFormat {
    /// The first octets of what was compressed: as many as there are up to a limit, and those before a fault; what follows is not looked at.
    /// - Parameter limit: octets, 0 or more; of gzip those of the first member only.
    package func beginning(of octets: ArraySlice<UInt8>, upTo limit: Int) -> [UInt8] {
        guard var stream = try? InflateStream(self) else { return [] }
        var rest = octets, output: [UInt8] = [], piece = [UInt8](repeating: 0, count: 65_536)
        while output.count < limit {
            let step = stream.step(rest, into: &piece)
            rest = rest.dropFirst(step.read)
            output += piece.prefix(min(step.written, limit - output.count))
            if step.isAtEnd || step.fault != nil || (step.read == 0 && step.written == 0) { break }
        }
        return output
    }
}

extension ZipArchive {
    /// The first octets of a member, whatever is wrong behind them.
    /// - Parameters:
    ///   - place: of ``members``.
    ///   - limit: octets, 0 or more.
    package func beginning(of place: Int, upTo limit: Int) -> [UInt8] {
        guard members.indices.contains(place), let packed = packed(place) else { return [] }
        return switch members[place].method {
        case 0: Array(packed.prefix(max(limit, 0)))
        case 8: CompressedFormat.deflate.beginning(of: packed, upTo: limit)
        default: []
        }
    }
}
