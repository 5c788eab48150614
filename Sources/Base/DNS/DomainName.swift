internal import CIDN
internal import JSON

/// A domain name in lower-case ASCII presentation form without the final dot; the root is the empty text.
/// Source: RFC 1035 §2.3, RFC 4343 §2.1 (escapes), RFC 5890 §2.3.2 (A-labels).
/// Limits: labels of 1…63 octets, the whole of at most 253 characters unescaped.
package struct DomainName: Hashable, Sendable {
    /// Labels joined by dots; an octet that is not a printable ASCII character, a dot or a backslash inside a label is `\DDD`.
    package let text: String

    /// Takes text that is known to be in the form described above: made of names and literals of our own.
    package init(trusted text: String) { self.text = text }

    /// Reads a name as people, mail and DNS write it: any case, with or without the final dot, with non-ASCII letters.
    /// - Returns: nil when a label is empty, too long or not convertible (RFC 5891 §4), or the whole is too long.
    package init?(_ text: some StringProtocol) {
        let octets = Array(text.utf8)
        if let usual = DomainName(usual: octets[...]) { self = usual } else { self.init(octets: octets) }
    }

    /// Reads a name that is only letters, digits, hyphens, underscores and single dots between them, as nearly all are.
    /// - Returns: nil for any other, which may be a name all the same.
    package init?(usual octets: ArraySlice<UInt8>) {
        guard !octets.isEmpty, octets.count <= 253 else { return nil }
        var inLabel = 0
        for octet in octets {
            switch octet {
            case UInt8(ascii: "."):
                guard inLabel > 0 else { return nil }
                inLabel = 0
            case 97...122, 65...90, 48...57, UInt8(ascii: "-"), UInt8(ascii: "_"):
                inLabel += 1
                guard inLabel <= 63 else { return nil }
            default: return nil
            }
        }
        guard inLabel > 0 else { return nil }
        text = unsafe String(unsafeUninitializedCapacity: octets.count) { room in
            var at = 0
            for octet in octets {
                unsafe room[at] = octet &- 65 < 26 ? octet | 32 : octet
                at &+= 1
            }
            return at
        }
    }

    private init?(octets: [UInt8]) {
        var octets = octets
        if !octets.allSatisfy({ $0 < 0x80 }) {
            guard let ascii = Self.asciiForm(String(decoding: octets, as: UTF8.self)) else { return nil }
            octets = Array(ascii.utf8)
        }
        if octets.last == UInt8(ascii: ".") { octets.removeLast() }
        guard let name = Self.presentation(octets) else { return nil }
        self.text = name
    }

    /// Makes a name of raw label octets, first label first; nil when a label or the whole breaks the limits.
    package init?(labels: [[UInt8]]) {
        var text: [UInt8] = [], total = 0
        for label in labels {
            guard !label.isEmpty, label.count <= 63 else { return nil }
            total += label.count + 1
            if !text.isEmpty { text.append(UInt8(ascii: ".")) }
            for octet in label { Self.append(octet, to: &text) }
        }
        guard total <= 254 else { return nil }
        self.text = String(decoding: text, as: UTF8.self)
    }

    package var isRoot: Bool { text.isEmpty }

    /// The labels as they are written, first label first.
    package var labels: [Substring] { text.utf8.split(separator: UInt8(ascii: ".")).map { Substring($0) } }

    /// The name without its first label; nil for the root.
    package var parent: DomainName? {
        guard !isRoot else { return nil }
        guard let dot = text.firstIndex(of: ".") else { return DomainName(trusted: "") }
        return DomainName(trusted: String(text[text.index(after: dot)...]))
    }

    /// Whether this name is `other` or lies below it.
    package func isWithin(_ other: DomainName) -> Bool {
        other.isRoot || text == other.text || (text.hasSuffix(other.text) && text.utf8.dropLast(other.text.utf8.count).last == UInt8(ascii: "."))
    }

    /// This name under `parent`; nil when the whole would be too long.
    package func prepended(to parent: DomainName) -> DomainName? {
        if parent.isRoot { return self }
        if isRoot { return parent }
        // Escapes make a text longer, never shorter.
        if text.utf8.count + 1 + parent.text.utf8.count <= 253 { return DomainName(trusted: text + "." + parent.text) }
        return DomainName("\(text).\(parent.text)")
    }

    /// Whether the name could be a host's: letters, digits and hyphens, no hyphen at the edge of a label, at least two labels
    /// (RFC 1123 §2.1, RFC 5321 §2.3.5), the last not all digits.
    package var isFullyQualifiedHostName: Bool {
        let labels = labels
        guard labels.count >= 2, let last = labels.last, !last.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return false }
        return labels.allSatisfy { label in
            label.utf8.first != UInt8(ascii: "-") && label.utf8.last != UInt8(ascii: "-")
                && label.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func append(_ octet: UInt8, to text: inout [UInt8]) {
        switch octet {
        case 65...90: text.append(octet + 32)
        case UInt8(ascii: "."), UInt8(ascii: "\\"), 0...32, 127...255:
            text += [UInt8(ascii: "\\"), 48 + octet / 100, 48 + octet / 10 % 10, 48 + octet % 10]
        default: text.append(octet)
        }
    }

    private static func presentation(_ source: [UInt8]) -> String? {
        if source.isEmpty { return "" }
        var text: [UInt8] = [], inLabel = 0, total = 0, at = 0
        text.reserveCapacity(source.count)
        while at < source.count {
            var octet = source[at]
            at += 1
            if octet == UInt8(ascii: ".") {
                guard inLabel > 0 else { return nil }
                inLabel = 0; total += 1
                text.append(octet)
                continue
            }
            if octet == UInt8(ascii: "\\") {
                guard at < source.count else { return nil }
                if at + 2 < source.count, let code = UInt8(String(decoding: source[at...(at + 2)], as: UTF8.self)) {
                    octet = code; at += 3
                } else {
                    octet = source[at]; at += 1
                }
            }
            append(octet, to: &text)
            inLabel += 1; total += 1
            guard inLabel <= 63, total <= 253 else { return nil }
        }
        return inLabel > 0 ? String(decoding: text, as: UTF8.self) : nil
    }

    /// RFC 5891 §5, with the mapping of Unicode TS 46 (non-transitional).
    private static func asciiForm(_ text: String) -> String? {
        guard text.utf8.count <= 1024, !text.utf8.contains(0) else { return nil }
        var output: UnsafeMutablePointer<CChar>? = nil
        let status = unsafe idn2_to_ascii_8z(text, &output, Int32(IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue))
        guard status == IDN2_OK.rawValue, let found = unsafe output else { return nil }
        defer { unsafe idn2_free(found) }
        let name = unsafe String(cString: found)
        // What a blank is mapped to, and what has no form of letters and digits, is no name: it would be another one than is read.
        return name.utf8.allSatisfy { $0 > 32 && $0 < 127 } ? name : nil
    }
}

extension DomainName: CodedAsText {
    package static var textForm: String { "a domain name" }

    package var description: String { text }
}
