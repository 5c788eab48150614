/// Where readers of mail see a From field, this one and others.
extension Message {
    /// As many are told of.
    private static let maximumStrangeFields = 100

    /// The values of what some reader takes for a From field and we do not: behind a bare CR, which ends a line for some; with a byte order
    /// mark, NUL or other controls around the name; behind a limit of ours.
    /// - Returns: each to the end of its line; empty where all From fields are ours. The work is linear in the header.
    /// - Limits: 100 fields.
    package var strangeFromFields: [ArraySlice<UInt8>] {
        let end = min(header.range.upperBound, octets.count)
        let known = Set(header.all("From").map(\.range.lowerBound))
        var at = max(0, header.range.lowerBound), found: [ArraySlice<UInt8>] = []
        while at < end, found.count < Self.maximumStrangeFields {
            var lineEnd = at
            while lineEnd < end, octets[lineEnd] != ASCII.lf, octets[lineEnd] != ASCII.cr { lineEnd &+= 1 }
            if at < lineEnd, !known.contains(at), !ASCII.isBlank(octets[at]), let value = Self.fromValue(octets[at..<lineEnd]) { found.append(value) }
            at = lineEnd &+ 1
        }
        return found
    }

    /// What follows the colon where the line is a From field but for octets that are no part of a name.
    private static func fromValue(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var left = Array("from".utf8)[...]
        for (place, octet) in zip(line.indices, line) {
            if ASCII.lower(octet) == left.first { left = left.dropFirst(); continue }
            if left.isEmpty, octet == ASCII.colon { return line[(place &+ 1)...] }
            if octet > 32 && octet < 127 || ASCII.isBlank(octet) && !left.isEmpty { return nil }
        }
        return nil
    }
}
