package import Mail

/// Which fields of a header a list of names chooses: each time a name is met, the next one from the bottom; none where there are no more.
/// Source: RFC 6376 §5.4.2.
package struct SignedFields: Sendable {
    private let fields: [HeaderField]
    private let keys: [UInt64]
    /// Nil for a header of few fields: looking through them costs less.
    private let index: Index?

    private struct Index: Sendable {
        /// The lowest field for each key of a name.
        var lowest: [UInt64: Int] = [:]
        /// The next field above with the same key; -1 for none.
        var above: [Int] = []
    }

    package init(_ header: HeaderSection) {
        fields = header.fields
        keys = fields.map(\.key)
        guard fields.count > 64 else { index = nil; return }
        var index = Index()
        index.above.reserveCapacity(keys.count)
        for (place, key) in keys.enumerated() { index.above.append(index.lowest.updateValue(place, forKey: key) ?? -1) }
        self.index = index
    }

    /// The fields in the order of the names.
    /// - Parameter excluded: a field that is never chosen: the signature itself, by its place in the header.
    package func chosen(by names: [HeaderName], excluding excluded: Int? = nil) -> [HeaderField] {
        var result: [HeaderField] = []
        result.reserveCapacity(names.count)
        if let index {
            var next: [UInt64: Int] = [:]
            for name in names {
                var place = next[name.key] ?? index.lowest[name.key] ?? -1
                // The key of another name may be the same.
                while place >= 0, place == excluded || !fields[place].isNamed(name) { place = index.above[place] }
                next[name.key] = place < 0 ? -1 : index.above[place]
                if place >= 0 { result.append(fields[place]) }
            }
            return result
        }
        // One bit for each field that may be chosen.
        var free = UInt64.max
        if let excluded { free &= ~(1 << excluded) }
        for name in names {
            var place = keys.count &- 1
            while place >= 0, keys[place] != name.key || free & 1 << place == 0 || !fields[place].isNamed(name) { place &-= 1 }
            guard place >= 0 else { continue }
            free &= ~(1 << place)
            result.append(fields[place])
        }
        return result
    }
}
