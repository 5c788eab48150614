internal import Glibc

/// One field of a header section, by its place in the octets it was read from.
/// Source: RFC 5322 §2.2.
package struct HeaderField: Sendable {
    let source: [UInt8]
    /// Where the whole field lies in its source, with its last line break.
    package let range: Range<Int>
    let nameEnd: Int
    let valueStart: Int
    let valueEnd: Int
    /// Octets of the value that are interpreted.
    let bound: Int
    /// Of the name in lower case: names are compared where their keys are equal.
    package let key: UInt64

    /// The name as written.
    package var name: String { ASCII.text(nameOctets) }
    package var nameOctets: ArraySlice<UInt8> { source[range.lowerBound..<nameEnd] }

    /// The field as it is, with its last line break.
    package var octets: ArraySlice<UInt8> { source[range] }

    /// What follows the colon, with white space and line breaks, without the last line break.
    package var rawValue: ArraySlice<UInt8> { source[valueStart..<valueEnd] }

    /// The value without line breaks and without white space at its ends.
    /// Source: RFC 5322 §2.2.3.
    /// - Returns: at most ``MessageLimits/headerFieldOctets``.
    package var unfolded: ArraySlice<UInt8> {
        let raw = rawValue.prefix(bound)
        // Unsafe and sound: no more octets are written than are read.
        let unfolded: [UInt8]? = unsafe raw.withUnsafeBufferPointer { octets in
            guard let start = octets.baseAddress, unsafe memchr(start, 10, octets.count) != nil || memchr(start, 13, octets.count) != nil else { return nil }
            return unsafe [UInt8](unsafeUninitializedCapacity: octets.count) { result, count in
                for place in 0..<octets.count {
                    let octet = unsafe octets[place]
                    unsafe result[count] = octet
                    count &+= octet == ASCII.lf || octet == ASCII.cr ? 0 : 1
                }
            }
        }
        return ASCII.trimmed(unfolded?[...] ?? raw)
    }

    /// The unfolded value as text; octets that are not UTF-8 are taken as windows-1252.
    package var value: String { Charset.headerText(unfolded) }

    /// The unfolded value with its encoded words decoded.
    /// Source: RFC 2047 §5 (1), §6.
    package var text: String {
        var log = DefectLog()
        return EncodedWords.decode(unfolded, limit: MessageLimits().encodedWords, log: &log)
    }

    /// The beginning of the unfolded value with its encoded words decoded.
    /// - Parameter limit: octets of the value that are decoded.
    package func text(limit: Int) -> String {
        var log = DefectLog()
        return EncodedWords.decode(unfolded.prefix(limit), limit: MessageLimits().encodedWords, log: &log)
    }

    /// Whether the name is `name`, which is in lower case.
    package func isNamed(_ name: HeaderName) -> Bool {
        guard key == name.key, nameEnd &- range.lowerBound == name.octets.count else { return false }
        var at = range.lowerBound
        for octet in name.octets {
            if ASCII.lower(source[at]) != octet { return false }
            at &+= 1
        }
        return true
    }
}

/// A field name in lower case with its key.
package struct HeaderName: Sendable, Equatable {
    /// In lower case.
    package let octets: ArraySlice<UInt8>
    package let key: UInt64

    package init(_ name: String) { self.init(Array(name.utf8)[...]) }

    package init(_ name: ArraySlice<UInt8>) { self.init(lowered: ASCII.lowercased(name)[...]) }

    /// - Parameter name: in lower case.
    package init(lowered name: ArraySlice<UInt8>) {
        octets = name
        key = Self.key(name)
    }

    package static func == (a: HeaderName, b: HeaderName) -> Bool { a.key == b.key && a.octets == b.octets }

    /// FNV-1a of the octets in lower case.
    static func key(_ octets: ArraySlice<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for octet in octets { hash = (hash ^ UInt64(ASCII.lower(octet))) &* 0x100_0000_01b3 }
        return hash
    }

    static let contentType = HeaderName("Content-Type"), disposition = HeaderName("Content-Disposition")
    static let transferEncoding = HeaderName("Content-Transfer-Encoding"), received = HeaderName("Received")
    static let resentSender = HeaderName("Resent-Sender"), resentFrom = HeaderName("Resent-From"), returnPath = HeaderName("Return-Path")
    static let sender = HeaderName("Sender"), from = HeaderName("From"), authenticationResults = HeaderName("Authentication-Results")
}
