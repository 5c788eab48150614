internal import Mail

extension HeaderEdits {
    /// The message as the MTA has it that makes these edits.
    /// - Parameter octets: the message as it came.
    /// - Returns: with the fields on top that are added, in their order, each ending with CRLF, and without those that are removed; all else octet for octet.
    package func applied(to octets: [UInt8]) -> [UInt8] {
        var counts: [String: Int] = [:], result: [UInt8] = []
        for field in add { result += Array("\(field.name): \(field.value)\r\n".utf8) }
        var at = 0
        // A line of mbox stands before all fields.
        let begin = String(decoding: octets.prefix(6), as: UTF8.self).lowercased()
        if begin.hasPrefix("from ") || begin == ">from ", let end = octets.firstIndex(of: UInt8(ascii: "\n")) {
            result = Array(octets[...end]) + result
            at = end + 1
        }
        // Of a header that is longer than what is judged, all of it.
        var limits = MessageLimits()
        (limits.headerOctets, limits.headerFields, limits.allHeaderFields) = (octets.count, octets.count, octets.count)
        let removed = Dictionary(grouping: remove) { $0.name.lowercased() }
        for field in HeaderSection(octets: octets, limits: limits).fields {
            let name = field.name.lowercased(), place = (counts[name] ?? 0) + 1
            counts[name] = place
            guard removed[name]?.contains(where: { $0.place == nil || $0.place == place }) == true, field.range.lowerBound >= at else { continue }
            result += octets[at..<field.range.lowerBound]
            at = field.range.upperBound
        }
        return result + octets[at...]
    }
}
