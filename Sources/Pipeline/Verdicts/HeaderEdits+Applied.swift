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
        if octets.starts(with: Array("From ".utf8)), let end = octets.firstIndex(of: UInt8(ascii: "\n")) {
            result = Array(octets[...end]) + result
            at = end + 1
        }
        for field in HeaderSection(octets: octets).fields {
            let name = field.name.lowercased(), place = (counts[name] ?? 0) + 1
            counts[name] = place
            guard remove.contains(where: { $0.name.lowercased() == name && ($0.place == nil || $0.place == place) }), field.range.lowerBound >= at else { continue }
            result += octets[at..<field.range.lowerBound]
            at = field.range.upperBound
        }
        return result + octets[at...]
    }
}
