/// Where readers of mail see a field, this one and others.
extension Message {
    /// As many are told of.
    private static let maximumStrangeFields = 100

    /// The values of what some reader takes for a From field and we do not: see ``strangeFields(_:)``.
    package var strangeFromFields: [ArraySlice<UInt8>] { strangeFields(.from).values }

    /// How many Authentication-Results fields that claim to be of a host are there for some readers only: an MTA that does not see them does not remove them.
    ///
    /// A message whose header has nothing odd costs nothing.
    /// - Parameter authservID: of the host; case and a final dot do not matter.
    /// - Returns: 0 for none; 1 or more also where there are more fields of that name than are looked at.
    /// - Limits: 100 fields of that name, ``MessageLimits/headerFieldOctets`` of the default limits, ``AuthenticationResultsLimits/conversions``.
    package func strangeAuthenticationResults(claiming authservID: String) -> Int {
        guard has(.bareCR) || has(.malformedHeader) || has(.headerWithoutSeparator) else { return 0 }
        var claim = AuthservIDClaim(authservID)
        let strange = strangeFields(.authenticationResults)
        let count = strange.values.count { value in
            // One octet more shows that there are too many.
            let field = HeaderSection(octets: Array("Authentication-Results:".utf8) + value.prefix(MessageLimits().headerFieldOctets + 1) + [ASCII.lf]).fields.first
            return field.map { claim.isMade(by: $0) } ?? false
        }
        // No honest message has so many, and one more may claim it.
        return strange.isCut ? max(count, 1) : count
    }

    /// The values of what some reader takes for a field of that name and we do not: behind a bare CR, which ends a line for some; with a byte order
    /// mark, NUL or other controls around the name; behind a limit of ours; behind a line that is no field, where the body begins to us and some
    /// readers, which pass over the line, go on to the next empty one.
    /// - Returns: each with its folded lines, without the last line end; empty where all fields of the name are ours. The work is linear in the header,
    ///   and in what is before the first empty line where none ends the header. Whether it is cut: there is one more.
    /// - Limits: 100 fields.
    private func strangeFields(_ name: HeaderName) -> (values: [ArraySlice<UInt8>], isCut: Bool) {
        let end = lastEnd(min(header.range.upperBound, octets.count)), first = name.octets.first ?? 0
        let known = header.fields.filter { $0.isNamed(name) }.map(\.range.lowerBound)
        var at = max(0, header.range.lowerBound), next = 0, found: [ArraySlice<UInt8>] = []
        while at < end {
            let lineEnd = min(end, LineEndings.end(octets, at))
            while next < known.count, known[next] < at { next &+= 1 }
            let isOurs = next < known.count && known[next] == at
            if at < lineEnd, !isOurs, Self.mayBegin(octets[at], first), let start = Self.value(octets[at..<lineEnd], name) {
                if found.count >= Self.maximumStrangeFields { return (found, true) }
                found.append(octets[start..<foldedEnd(lineEnd, end)])
            }
            at = lineEnd &+ 1
        }
        return (found, false)
    }

    /// Where the header ends to a reader that passes over lines which are no field: at the first empty line.
    /// - Parameter end: where it ends to us.
    private func lastEnd(_ end: Int) -> Int {
        var at = end
        while at < octets.count {
            let feed = LineEndings.next(octets, at)
            if feed == at || feed == at &+ 1 && octets[at] == ASCII.cr { return at }
            at = feed &+ 1
        }
        return octets.count
    }

    /// Whether a line that begins so may be one: most are told apart by their first octet.
    private static func mayBegin(_ octet: UInt8, _ first: UInt8) -> Bool { octet | 32 == first || octet < 32 && !ASCII.isBlank(octet) || octet >= 127 }

    /// Where the value begins if the line is a field of that name but for octets that are no part of a name.
    private static func value(_ line: ArraySlice<UInt8>, _ name: HeaderName) -> Int? {
        var left = name.octets
        for (place, octet) in zip(line.indices, line) {
            if let first = left.first, first == ASCII.lower(octet) { left = left.dropFirst(); continue }
            if left.isEmpty, octet == ASCII.colon { return place &+ 1 }
            if octet > 32 && octet < 127 || ASCII.isBlank(octet) && !left.isEmpty { return nil }
        }
        return nil
    }

    /// The end of the last line that goes on the one which ends there.
    private func foldedEnd(_ lineEnd: Int, _ end: Int) -> Int {
        var at = lineEnd
        while at < end {
            let next = at &+ (octets[at] == ASCII.cr && at &+ 1 < end && octets[at &+ 1] == ASCII.lf ? 2 : 1)
            guard next < end, ASCII.isBlank(octets[next]) else { break }
            at = min(end, LineEndings.end(octets, next))
        }
        return at
    }
}
