/// The features of one message as they are kept: in order and by their distances, of each hash the bits that a table can tell apart.
///
/// What is learned is learned from these, so that whoever learns it again, or takes it back, does the same to the same buckets.
/// An ordinary message takes about 12 bits for a feature.
/// Limits: ``FeatureLimits/features``; ``mostOctets``.
package struct PackedFeatures: Sendable, Hashable {
    /// Bits of a hash that are kept, from the top: a table has two to the power of 24 buckets at most.
    static let bits = 24
    /// Octets of one message at most: a feature takes 24 bits, and one more for each half of the range that is passed over.
    package static let mostOctets = mostOctets(FeatureLimits.features)

    /// Version; then for each view the number of its features, the bits of a remainder, and distances in the code of Rice, up to a whole octet.
    package let octets: [UInt8]

    package init(_ features: MessageFeatures) {
        var writer = BitWriter(room: Self.mostOctets(features.hashes.count))
        writer.add(UInt64(Self.version), 8)
        for view in FeatureView.allCases {
            let places = SortedPlaces.of(features[view])
            writer.add(UInt64(places.count), 16)
            guard !places.isEmpty else { continue }
            let width = Self.width(places.count)
            writer.add(UInt64(width), 8)
            var last: UInt32 = 0
            for place in places {
                writer.addRice(place &- last, width)
                last = place
            }
            writer.fillOctet()
        }
        octets = writer.octets
    }

    /// Octets that so many features take at most.
    private static func mostOctets(_ count: Int) -> Int { count * 4 + 64 }

    /// - Returns: nil for octets that ``init(_:)`` does not write.
    package init?(octets: [UInt8]) {
        guard octets.count <= Self.mostOctets, Self.read(octets) != nil else { return nil }
        self.octets = octets
    }

    /// The features, of each hash the bits that are kept, the others 0.
    package var features: MessageFeatures { Self.read(octets) ?? .none }

    private static let version: UInt8 = 1

    /// Bits of a remainder with which distances between so many places are short: two thirds of the mean distance and more.
    private static func width(_ count: Int) -> Int {
        var width = 0
        while width < bits, (1 << (width + 1)) * count <= (1 << bits) * 7 / 10 { width += 1 }
        return width
    }

    private static func read(_ octets: [UInt8]) -> MessageFeatures? {
        guard octets.first == version else { return nil }
        var at = 1, hashes: [UInt32] = [], ends: [Int] = []
        for _ in FeatureView.allCases {
            guard at + 2 <= octets.count else { return nil }
            let count = Int(octets[at]) << 8 | Int(octets[at + 1])
            at += 2
            guard hashes.count + count <= FeatureLimits.features else { return nil }
            if count > 0 {
                // There is one way to write a message.
                guard at < octets.count, Int(octets[at]) == width(count) else { return nil }
                var bits = BitReader(octets, at: at + 1), place: UInt32 = 0
                hashes.reserveCapacity(hashes.count + count)
                for _ in 0..<count {
                    guard let distance = bits.distance(width: Int(octets[at]), limit: 1 << UInt32(Self.bits)) else { return nil }
                    place += distance
                    guard place < 1 << UInt32(Self.bits) else { return nil }
                    hashes.append(place << UInt32(32 - Self.bits))
                }
                guard let end = bits.finish() else { return nil }
                at = end
            }
            ends.append(hashes.count)
        }
        return at == octets.count ? MessageFeatures(hashes: hashes, ends: ends) : nil
    }
}

extension MessageFeatures {
    /// Those of a message that has none.
    package static var none: MessageFeatures { MessageFeatures(FeatureCollector.none) }
}

extension FeatureCollector {
    fileprivate static var none: FeatureCollector {
        var collector = FeatureCollector()
        for _ in FeatureView.allCases { collector.endView() }
        return collector
    }
}

/// Reads bits from octets, the highest first.
private struct BitReader {
    private let octets: [UInt8]
    private var at: Int
    /// The lowest `count` bits are those that come next.
    private var gathered: UInt64 = 0, count = 0

    init(_ octets: [UInt8], at: Int) { self.octets = octets; self.at = at }

    @inline(__always)
    private mutating func fill() {
        while count <= 56, at < octets.count {
            gathered = gathered << 8 | UInt64(octets[at])
            at &+= 1
            count &+= 8
        }
    }

    /// A number in the code of Rice; nil where the octets end before it does, or it reaches the limit.
    mutating func distance(width: Int, limit: UInt32) -> UInt32? {
        var high = 0
        while true {
            fill()
            guard count > 0 else { return nil }
            let ones = min((~(gathered << UInt64(64 &- count))).leadingZeroBitCount, count)
            high &+= ones
            guard high < Int(limit >> UInt32(width)) else { return nil }
            count &-= ones
            if count > 0 { count &-= 1; break }
        }
        fill()
        guard count >= width else { return nil }
        count &-= width
        return UInt32(high) << UInt32(width) | UInt32(truncatingIfNeeded: gathered >> UInt64(count)) & ((1 << UInt32(width)) &- 1)
    }

    /// Where the next octet begins; nil where bits are left that are not 0.
    mutating func finish() -> Int? {
        // Behind what is left of an octet come whole ones that were read ahead.
        let rest = count & 7
        return rest == 0 || gathered >> UInt64(count &- rest) & ((1 << UInt64(rest)) &- 1) == 0 ? at - count / 8 : nil
    }
}
