internal import Compression
package import Cryptography

/// Messages at rest: compressed, then sealed under the master key, each bound to the tenant and the verdict it is of, to its size and digest and to whether it is
/// infected, so that a row that was copied to another place or altered in one of these does not open.
package struct MessageSeal: Sendable {
    /// Octets of a message that is sealed or opened.
    package static let octetLimit = 268_435_456

    private let masterKey: MasterKey

    package init(_ masterKey: MasterKey) { self.masterKey = masterKey }

    /// - Parameter octets: as many as `message.size` says.
    /// - Returns: about 60 octets more than gzip makes of them.
    /// - Throws: `SealTrouble.tooLarge`, `.otherSize`, `.noRandomness`, `.noMemory`.
    package func seal(_ octets: [UInt8], of message: KeptMessage) throws(SealTrouble) -> [UInt8] {
        guard octets.count <= Self.octetLimit else { throw .tooLarge(octets: octets.count, limit: Self.octetLimit) }
        guard octets.count == message.size else { throw .otherSize }
        let packed: [UInt8]
        do throws(CompressionError) { packed = try Gzip.compress(octets) } catch { throw .noMemory }
        do throws(NoRandomness) { return try masterKey.seal(packed, for: Self.context(message)) } catch { throw .noRandomness }
    }

    /// - Returns: the octets as they were before ``seal(_:of:)``, and never anything else.
    /// - Throws: `SealTrouble.doesNotOpen`, `.tooLarge`, `.otherSize`, `.damaged`, `.noMemory`.
    /// - Limits: no more comes out than `message.size`, which is at most ``octetLimit``.
    package func open(_ sealed: [UInt8], of message: KeptMessage) throws(SealTrouble) -> [UInt8] {
        guard message.size <= Self.octetLimit else { throw .tooLarge(octets: message.size, limit: Self.octetLimit) }
        guard let packed = masterKey.open(sealed, for: Self.context(message)) else { throw .doesNotOpen }
        var limits = CompressionLimits()
        limits.outputOctets = max(0, message.size)
        limits.ratio = .max   // whoever has the key made it, and the size bounds it
        limits.members = 1
        let octets: [UInt8]
        do throws(CompressionError) { octets = try CompressedFormat.gzip.expand(packed, limits: limits) } catch {
            switch error {
            case .noMemory: throw .noMemory
            case .limit: throw .otherSize
            default: throw .damaged(error.description)
            }
        }
        guard octets.count == message.size else { throw .otherSize }
        return octets
    }

    /// All but the tenant have no NUL, so they are told apart from the end.
    private static func context(_ message: KeptMessage) -> [UInt8] {
        Array("quarantine\0\(message.tenant)\0\(message.id.description)\0\(message.size)\0\(message.digest.hexadecimal)\0\(message.isInfected ? "infected" : "-")".utf8)
    }
}

/// Why a message was not sealed or not opened.
package enum SealTrouble: Error, Sendable, Equatable {
    case tooLarge(octets: Int, limit: Int)
    /// The octets are not as many as the row says.
    case otherSize
    /// It was sealed under another master key, or its row was altered.
    case doesNotOpen
    /// It opened, and what was in it is not what this program seals.
    case damaged(String)
    case noRandomness
    case noMemory
}

extension SealTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let octets, let limit): "the message has \(octets) octets, at most \(limit) are sealed"
        case .otherSize: "the message has not as many octets as its row says"
        case .doesNotOpen: "the message was sealed under another master key, or its row was altered"
        case .damaged(let what): "what was sealed is not a message of this program: \(what)"
        case .noRandomness: "there is not enough randomness to seal a message"
        case .noMemory: "there is not enough memory to compress a message"
        }
    }
}
