package import DNS
package import Mail

/// The values of tags that DKIM's and ARC's signatures share.
/// Source: RFC 6376 §3.5, RFC 8616 §3, RFC 8617 §4.1.
package enum SignatureValues {
    /// The value of a tag that must be there and must not be empty.
    /// - Throws: permerror where it is missing.
    package static func required(_ name: String, in tags: TagList) throws(DKIMFault) -> ArraySlice<UInt8> {
        guard let tag = tags[name] else { throw .permanent("\(name)= is missing") }
        guard !tag.value.isEmpty else { throw .syntax("\(name)= is empty") }
        return tag.value
    }

    /// A domain, in A-labels or in U-labels.
    package static func domain(_ value: ArraySlice<UInt8>, _ name: String) throws(DKIMFault) -> DomainName {
        if let usual = DomainName(usual: value) { return usual }
        // A backslash escapes in our own notation of names; in mail it is just wrong.
        guard !value.contains(ASCII.backslash), let text = String(validating: value, as: UTF8.self), let domain = DomainName(text), !domain.isRoot,
              domain.text.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == ASCII.dot || $0 == ASCII.hyphen || $0 == 95 }) else {
            throw .syntax("\(name)=\(shown(value)) is not a domain name")
        }
        return domain
    }

    /// Base64 with folding white space anywhere.
    package static func base64(_ value: ArraySlice<UInt8>, _ name: String) throws(DKIMFault) -> [UInt8] {
        let decoded = Base64.decode(value)
        guard decoded.invalid == 0, !decoded.truncated, !decoded.octets.isEmpty else { throw .syntax("\(name)= is not base64") }
        return decoded.octets
    }

    /// The first eight characters of a signature, without white space.
    /// Source: RFC 6008 §4.
    package static func head(_ value: ArraySlice<UInt8>) -> String {
        var head: [UInt8] = []
        head.reserveCapacity(8)
        for octet in value where !ASCII.isSpace(octet) {
            head.append(octet)
            if head.count == 8 { break }
        }
        return shown(head)
    }

    /// Words with colons between them and white space around them.
    package static func words(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        value.split(separator: ASCII.colon, omittingEmptySubsequences: false).map { ASCII.trimmed($0) }
    }

    /// The names of fields in h=, From among them.
    /// - Parameters:
    ///   - most: names that may be there.
    ///   - mustCover: a name that must be among them, in lower case.
    package static func fieldNames(_ value: ArraySlice<UInt8>, most: Int, mustCover: String = "from") throws(DKIMFault) -> [HeaderName] {
        let wanted = HeaderName(mustCover), lowered = ASCII.lowercased(value)[...]
        var names: [HeaderName] = [], isCovered = false, start = lowered.startIndex
        names.reserveCapacity(32)
        while true {
            var end = start
            while end < lowered.endIndex, lowered[end] != ASCII.colon { end &+= 1 }
            let word = ASCII.trimmed(lowered[start..<end])
            guard !word.isEmpty, word.allSatisfy({ $0 > 32 && $0 < 127 }) else { throw .syntax("h= is not a list of field names") }
            guard names.count < most else { throw .permanent("h= has more than \(most) names") }
            let name = HeaderName(lowered: word)
            if name == wanted { isCovered = true }
            names.append(name)
            if end == lowered.endIndex { break }
            start = end &+ 1
        }
        guard isCovered else { throw .permanent("h= does not cover the \(mustCover == "from" ? "From" : mustCover) field") }
        return names
    }

    /// A number of 1…`digits` decimal digits; what is beyond the range of Int is its largest.
    package static func number(_ value: ArraySlice<UInt8>, _ name: String, digits: Int) throws(DKIMFault) -> Int {
        guard !value.isEmpty, value.count <= digits, value.allSatisfy(ASCII.isDigit) else { throw .syntax("\(name)=\(shown(value)) is not a number") }
        var number = 0
        for octet in value {
            let (tens, over) = number.multipliedReportingOverflow(by: 10)
            let (sum, overToo) = tens.addingReportingOverflow(Int(octet &- 48))
            if over || overToo { return Int.max }
            number = sum
        }
        return number
    }

    /// - Throws: permerror for a canonicalization that nobody here knows.
    package static func canonicalizations(_ value: ArraySlice<UInt8>) throws(DKIMFault) -> CanonicalizationPair {
        guard let pair = CanonicalizationPair(value) else { throw .permanent("c=\(shown(value)) is not a canonicalization known here") }
        return pair
    }

    /// Octets of DKIM-Quoted-Printable, in which white space means nothing.
    /// Source: RFC 6376 §2.11.
    /// - Returns: nil where an `=` has not two hexadecimal digits after it.
    package static func unquoted(_ value: ArraySlice<UInt8>) -> [UInt8]? {
        var result: [UInt8] = [], at = value.startIndex
        while at < value.endIndex {
            let octet = value[at]
            at += 1
            if ASCII.isSpace(octet) { continue }
            guard octet == ASCII.equals else { result.append(octet); continue }
            guard at + 1 < value.endIndex, let high = ASCII.hex(value[at]), let low = ASCII.hex(value[at + 1]) else { return nil }
            result.append(high << 4 | low)
            at += 2
        }
        return result
    }
}
