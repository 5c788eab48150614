/// The parameters of a Content-Type or Content-Disposition, decoded, in order.
/// Source: RFC 2045 §5.1, RFC 2231 §3–§4; encoded words in values as well (RFC 2047 §5 forbids them, most writers use them).
package struct Parameters: Sendable, Hashable {
    /// Names in lower case without the marks of RFC 2231.
    package internal(set) var pairs: [Pair] = []

    /// The boundary as octets, where it is written plainly.
    var boundary: [UInt8]? = nil
    /// What other readers may take for the boundary, where there is more than one; each once.
    var otherBoundaries: [[UInt8]] = []

    package struct Pair: Sendable, Hashable {
        package var name: String
        package var value: String
    }

    /// The first value of that name, which is in lower case.
    package subscript(_ name: String) -> String? {
        for pair in pairs where pair.name == name { return pair.value }
        return nil
    }

    package var isEmpty: Bool { pairs.isEmpty }
}
