internal import Synchronization

extension SpamModel {
    /// Two to the power of so many buckets.
    package var bits: Int { table.bits }

    /// All that was learned, as octets: for each bucket that has something its weight and its counts, and how many empty ones stand before it.
    /// Nothing is learned meanwhile; who judges does not wait.
    package func octets() -> [UInt8] {
        learning.withLock { _ in
            var octets: [UInt8] = [], empty = 0
            octets.reserveCapacity(table.count)
            for place in 0..<table.count {
                let bucket = Bucket(bits: table[place])
                if bucket == Bucket() { empty &+= 1; continue }
                Self.append(UInt32(truncatingIfNeeded: empty), to: &octets)
                // The sign goes to the lowest bit, so that small weights are short.
                Self.append(UInt32(bitPattern: bucket.weight << 1 ^ bucket.weight >> 31), to: &octets)
                Self.append(bucket.spam, to: &octets)
                Self.append(bucket.ham, to: &octets)
                empty = 0
            }
            return octets
        }
    }

    /// The model that wrote octets.
    /// - Parameters:
    ///   - bits: 10 to 23.
    ///   - learned: messages, at least 0.
    /// - Returns: nil where they are not what a model of that size writes.
    package convenience init?(bits: Int, learned: (spam: Int, ham: Int), octets: [UInt8]) {
        guard (10...23).contains(bits), learned.spam >= 0, learned.ham >= 0 else { return nil }
        self.init(bits: bits)
        guard fill(octets) else { return nil }
        spamCount.store(learned.spam, ordering: .relaxed)
        hamCount.store(learned.ham, ordering: .relaxed)
    }

    private func fill(_ octets: [UInt8]) -> Bool {
        var at = 0, place = 0
        while at < octets.count {
            guard let empty = Self.number(octets, &at), let folded = Self.number(octets, &at), let spam = Self.number(octets, &at), let ham = Self.number(octets, &at),
                  spam <= BucketTable.mostCounted, ham <= BucketTable.mostCounted else { return false }
            place += Int(empty)
            let weight = Int32(bitPattern: folded >> 1) ^ -Int32(bitPattern: folded & 1)
            guard place < table.count, abs(Int(weight)) <= Int(BucketTable.heaviest) else { return false }
            table.store(Bucket(weight: weight, spam: spam, ham: ham), at: place)
            place += 1
        }
        return true
    }

    /// Seven bits an octet, the lowest first.
    private static func append(_ number: UInt32, to octets: inout [UInt8]) {
        var rest = number
        while rest >= 128 {
            octets.append(UInt8(truncatingIfNeeded: rest) | 128)
            rest >>= 7
        }
        octets.append(UInt8(truncatingIfNeeded: rest))
    }

    private static func number(_ octets: [UInt8], _ at: inout Int) -> UInt32? {
        var number: UInt32 = 0, shift: UInt32 = 0
        while at < octets.count, shift < 32 {
            let octet = octets[at]
            at &+= 1
            number |= UInt32(octet & 127) << shift
            if octet < 128 { return number }
            shift &+= 7
        }
        return nil
    }
}
