package import DNS

/// Which domains may have keys.
package enum SigningDomain {
    /// Why ``read(_:)`` takes a name not, to stand behind it.
    package static let problem = "is not a host name of two labels or more, of letters, digits, hyphens and underscores, whose last label is no number"

    /// Reads a domain that somebody gives: what stands in d= of its signatures, and in its zone file as it is.
    /// Source: RFC 6376 §3.5 (d=, labels of RFC 5321 §4.1.2); RFC 1123 §2.1; underscores are in use.
    /// - Parameter text: in U-labels or A-labels.
    /// - Returns: nil where it is anything else, a single label, or looks like an address.
    package static func read(_ text: some StringProtocol) -> DomainName? {
        guard let name = DomainName(text) else { return nil }
        let labels = name.labels
        guard labels.count >= 2, let last = labels.last, !last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), labels.allSatisfy({ isHostLabel($0.utf8) }) else { return nil }
        return name
    }

    private static func isHostLabel(_ label: some BidirectionalCollection<UInt8>) -> Bool {
        guard let first = label.first, let last = label.last, first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else { return false }
        return label.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
}
