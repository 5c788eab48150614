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
    // Few: as many as there are signatures.
    private var wanted: [BodyCoverage]
    private var known: [(coverage: BodyCoverage, digest: BodyDigest)] = []

    /// - Parameter wanted: what will be asked for; what is not among it costs a pass of its own.
    package init(of message: Message, for wanted: some Sequence<BodyCoverage> = []) {
        self.init(body: message.octets[message.root.bodyRange.lowerBound...], for: wanted)
    }

    package init(body: ArraySlice<UInt8>, for wanted: some Sequence<BodyCoverage> = []) {
        self.body = body
        self.wanted = Array(wanted)
    }

    /// Adds what will be asked for.
    mutating func expect(_ coverages: some Sequence<BodyCoverage>) { wanted += coverages }

    /// The hash; where the canonical body is shorter than the length, that of all of it.
    package mutating func digest(_ coverage: BodyCoverage) -> BodyDigest {
        if let digest = digest(known: coverage) { return digest }
        var together = [coverage]
        for each in wanted where each.canonicalization == coverage.canonicalization && each != coverage { together.append(each) }
        wanted.removeAll { $0.canonicalization == coverage.canonicalization }
        var hasher = BodyHasher(cuts: Set(together.compactMap { $0.length.map { max($0, 0) } }).sorted())
        var canonicalizer = BodyCanonicalizer(coverage.canonicalization)
        canonicalizer.add(body, to: &hasher)
        canonicalizer.finish(to: &hasher)
        let (whole, cuts, length) = hasher.finish()
        for each in together {
            known.append((each, BodyDigest(octets: each.length.flatMap { cuts[max($0, 0)] } ?? whole, canonicalLength: length)))
        }
        return digest(known: coverage) ?? BodyDigest(octets: whole, canonicalLength: length)
    }

    private func digest(known coverage: BodyCoverage) -> BodyDigest? {
        for each in known where each.coverage == coverage { return each.digest }
        return nil
    }
}

/// Hashes canonical octets, and keeps the hash of what came up to each cut.
private struct BodyHasher: ~Copyable, OctetSink {
    private var hash = SHA256()
    /// Small pieces are put together first: a call of the hash costs as much as many octets.
    private let piece = Piece()
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
        if nextCut == cuts.count {
            unsafe add(octets)
            return
        }
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
        return (hash.finish(), digests, length)
    }

    private mutating func add(_ octets: UnsafeRawBufferPointer) {
        length &+= octets.count
        if filled &+ octets.count > Piece.count {
            drain()
            if octets.count >= Piece.count / 4 {
                unsafe hash.update(octets)
                return
            }
        }
        unsafe UnsafeMutableRawBufferPointer(rebasing: piece.octets[filled...]).copyMemory(from: octets)
        filled &+= octets.count
    }

    private mutating func drain() {
        if filled > 0 { unsafe hash.update(UnsafeRawBufferPointer(rebasing: piece.octets[..<filled])) }
        filled = 0
    }

    private mutating func cut(at place: Int) {
        guard nextCut < cuts.count, cuts[nextCut] == place else { return }
        drain()
        digests[place] = hash.digestSoFar()
        nextCut &+= 1
    }

    /// Room for octets, which belongs to one hasher.
    @safe private struct Piece: ~Copyable {
        static let count = 4_096
        let octets = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.count, alignment: 1)

        deinit { unsafe octets.deallocate() }
    }
}
