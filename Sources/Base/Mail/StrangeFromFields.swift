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
        let known = header.all("From").map(\.range.lowerBound)
        var at = max(0, header.range.lowerBound), next = 0, found: [ArraySlice<UInt8>] = []
        while at < end, found.count < Self.maximumStrangeFields {
            let lineEnd = min(end, LineEndings.end(octets, at))
            while next < known.count, known[next] < at { next &+= 1 }
            let isOurs = next < known.count && known[next] == at
            if at < lineEnd, !isOurs, Self.mayBegin(octets[at]), let value = Self.fromValue(octets[at..<lineEnd]) { found.append(value) }
            at = lineEnd &+ 1
        }
        return found
    }

    /// Whether a line that begins so may be one: most are told apart by their first octet.
    private static func mayBegin(_ octet: UInt8) -> Bool { octet | 32 == 102 || octet < 32 && !ASCII.isBlank(octet) || octet >= 127 }

    /// What follows the colon where the line is a From field but for octets that are no part of a name.
    private static func fromValue(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let name: StaticString = "from"
        var matched = 0
        for (place, octet) in zip(line.indices, line) {
            if matched < 4, unsafe name.utf8Start[matched] == ASCII.lower(octet) { matched &+= 1; continue }
            if matched == 4, octet == ASCII.colon { return line[(place &+ 1)...] }
            if octet > 32 && octet < 127 || ASCII.isBlank(octet) && matched < 4 { return nil }
        }
        return nil
    }
}
