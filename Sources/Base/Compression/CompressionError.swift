/// Why compressed octets were not read, or octets not compressed.
package enum CompressionError: Error, Hashable, Sendable {
    /// More would have come out than is allowed; nothing of it was kept.
    case limit(CompressionLimit)
    /// The octets end before the stream or the archive does.
    case truncated
    /// What is wrong with the stream or the archive.
    case damaged(String)
    /// A feature that is not read: encryption, a method, zip64.
    case unsupported(String)
    /// zlib had no memory for its tables.
    case noMemory
}

extension CompressionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .limit(let limit): "limit met: \(limit.rawValue)"
        case .truncated: "ends too early"
        case .damaged(let what): "damaged: \(what)"
        case .unsupported(let what): "not supported: \(what)"
        case .noMemory: "no memory"
        }
    }
}
