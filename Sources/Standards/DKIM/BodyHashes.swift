internal import Cryptography
package import Mail

/// How much of which form of a body a signature covers.
package struct BodyCoverage: Sendable, Hashable {
    package var canonicalization: Canonicalization
    /// Octets of the canonical body (l=); nil for all of it.
    package var length: Int?

    package init(_ canonicalization: Canonicalization, length: Int? = nil) {
        self.canonicalization = canonicalization
        self.length = length
    }
}

/// The hash of a body, or of its beginning.
package struct BodyDigest: Sendable, Hashable {
    /// 32 octets of SHA-256.
    package var octets: [UInt8]
    /// Octets of the whole canonical body.
    package var canonicalLength: Int
}

/// The hashes of one message's body, each made once: of one canonicalization all lengths in one pass.
/// Source: RFC 6376 §3.7.
package struct BodyHashes: Sendable {
    private let body: ArraySlice<UInt8>
    private var wanted: Set<BodyCoverage>
    private var known: [BodyCoverage: BodyDigest] = [:]

    /// - Parameter wanted: what will be asked for; what is not among it costs a pass of its own.
    package init(of message: Message, for wanted: some Sequence<BodyCoverage> = []) {
        self.init(body: message.octets[message.root.bodyRange.lowerBound...], for: wanted)
    }

    package init(body: ArraySlice<UInt8>, for wanted: some Sequence<BodyCoverage> = []) {
        self.body = body
        self.wanted = Set(wanted)
    }

    /// The hash; where the canonical body is shorter than the length, that of all of it.
    package mutating func digest(_ coverage: BodyCoverage) -> BodyDigest {
        if let digest = known[coverage] { return digest }
        wanted.insert(coverage)
        let together = wanted.filter { $0.canonicalization == coverage.canonicalization }
        wanted.subtract(together)
        var hasher = BodyHasher(cuts: Set(together.compactMap { $0.length.map { max($0, 0) } }).sorted())
        var canonicalizer = BodyCanonicalizer(coverage.canonicalization)
        canonicalizer.add(body, to: &hasher)
        canonicalizer.finish(to: &hasher)
        let (whole, cuts, length) = hasher.finish()
        for each in together {
            known[each] = BodyDigest(octets: each.length.flatMap { cuts[max($0, 0)] } ?? whole, canonicalLength: length)
        }
        return known[coverage] ?? BodyDigest(octets: whole, canonicalLength: length)
    }
}

/// Hashes canonical octets, and keeps the hash of what came up to each cut.
private struct BodyHasher: ~Copyable, OctetSink {
    private var hash = SHA256()
    /// Small pieces are put together first: a call of the hash costs as much as many octets.
    private var piece = [UInt8](repeating: 0, count: 4_096)
    private var filled = 0
    private var length = 0
    /// In rising order.
    private let cuts: [Int]
    private var nextCut = 0
    private var digests: [Int: [UInt8]] = [:]

    init(cuts: [Int]) {
        self.cuts = cuts
        cut(at: 0)
    }

    mutating func take(_ octets: UnsafeRawBufferPointer) {
        var at = 0
        while nextCut < cuts.count, cuts[nextCut] &- length <= octets.count &- at {
            let end = at &+ cuts[nextCut] &- length
            unsafe add(UnsafeRawBufferPointer(rebasing: octets[at..<end]))
            at = end
            cut(at: length)
        }
        unsafe add(UnsafeRawBufferPointer(rebasing: octets[at...]))
    }

    consuming func finish() -> (whole: [UInt8], cuts: [Int: [UInt8]], length: Int) {
        drain()
        let digests = self.digests, length = self.length
        return (hash.digestSoFar(), digests, length)
    }

    private mutating func add(_ octets: UnsafeRawBufferPointer) {
        length &+= octets.count
        if filled &+ octets.count > piece.count { drain() }
        if octets.count > 2_048 {
            drain()
            unsafe hash.update(octets)
            return
        }
        let start = filled
        unsafe piece.withUnsafeMutableBytes { unsafe UnsafeMutableRawBufferPointer(rebasing: $0[start...]).copyMemory(from: octets) }
        filled &+= octets.count
    }

    private mutating func drain() {
        if filled > 0 { hash.update(piece[..<filled]) }
        filled = 0
    }

    private mutating func cut(at place: Int) {
        guard nextCut < cuts.count, cuts[nextCut] == place else { return }
        drain()
        digests[place] = hash.digestSoFar()
        nextCut &+= 1
    }
}
