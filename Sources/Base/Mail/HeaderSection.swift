/// The header of a message or of a part: its fields in order.
/// Source: RFC 5322 §2.2, §3.6; RFC 2045 §3.
/// Limits: ``MessageLimits/headerOctets``, ``MessageLimits/headerFields``.
package struct HeaderSection: Sendable {
    package internal(set) var fields: [HeaderField]
    /// Where the header lies in its source, without the empty line that ends it.
    package let range: Range<Int>
    /// Whether all fields are known: what lies beyond a limit is not among them, and cannot be counted from the bottom.
    package internal(set) var isWhole = true

    /// Reads a header that stands alone; octets after an empty line are no part of it.
    package init(octets: [UInt8], limits: MessageLimits = MessageLimits()) {
        var log = DefectLog()
        var reader = HeaderReader(source: octets, limits: limits, fieldsLeft: limits.allHeaderFields)
        self = reader.read(from: 0, boundaries: BoundaryStack(octets, limits: limits), log: &log).section
    }

    init(fields: [HeaderField], range: Range<Int>, isWhole: Bool = true) {
        self.fields = fields
        self.range = range
        self.isWhole = isWhole
    }

    /// The fields of that name in order; case does not matter.
    package func all(_ name: String) -> [HeaderField] { all(HeaderName(name)) }

    package func all(_ name: HeaderName) -> [HeaderField] { fields.filter { $0.isNamed(name) } }

    /// The first field of that name; case does not matter.
    package func first(_ name: String) -> HeaderField? {
        let wanted = HeaderName(name)
        for field in fields where field.isNamed(wanted) { return field }
        return nil
    }

    package func first(_ name: HeaderName) -> HeaderField? {
        for field in fields where field.isNamed(name) { return field }
        return nil
    }
}
