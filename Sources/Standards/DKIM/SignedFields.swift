package import Mail

/// Which fields of a header a list of names chooses: each time a name is met, the next one from the bottom; none where there are no more.
/// Source: RFC 6376 §5.4.2.
package struct SignedFields: Sendable {
    private let fields: [HeaderField]
    /// The lowest field for each key of a name.
    private var lowest: [UInt64: Int] = [:]
    /// The next field above with the same key; -1 for none.
    private var above: [Int] = []

    package init(_ header: HeaderSection) {
        fields = header.fields
        above.reserveCapacity(fields.count)
        for (place, field) in fields.enumerated() { above.append(lowest.updateValue(place, forKey: field.key) ?? -1) }
    }

    /// The fields in the order of the names.
    /// - Parameter excluded: a field that is never chosen: the signature itself, by its place in the header.
    package func chosen(by names: [HeaderName], excluding excluded: Int? = nil) -> [HeaderField] {
        var result: [HeaderField] = [], next: [UInt64: Int] = [:]
        result.reserveCapacity(names.count)
        for name in names {
            var place = next[name.key] ?? lowest[name.key] ?? -1
            // The key of another name may be the same.
            while place >= 0, place == excluded || !fields[place].isNamed(name) { place = above[place] }
            next[name.key] = place < 0 ? -1 : above[place]
            if place >= 0 { result.append(fields[place]) }
        }
        return result
    }
}
