package import DNS

/// The HELO argument, read but not looked up.
package struct HELOArgument: Sendable, Equatable {
    package let text: String
    package let form: HELOForm
    /// The name, where there is one that the DNS can be asked for.
    package let name: DomainName?
    /// The address of a literal or of a bare address.
    package let address: IPAddress?

    /// Reads the argument.
    /// Source: RFC 5321 §4.1.1.1, §4.1.2, §4.1.3.
    /// - Parameters:
    ///   - argument: what followed HELO or EHLO; nil when there was none.
    ///   - ownNames: the names of our own mail servers.
    ///   - octets: how much of it counts; a longer argument is `invalid_characters`.
    package init(_ argument: String?, ownNames: [DomainName] = [], octets: Int = 255) {
        let source = Array((argument ?? "").utf8)
        let kept = source.prefix(octets)
        let text = String(decoding: kept.map { $0 > 32 && $0 < 127 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        if source.isEmpty { self.init(text: text, form: .missing); return }
        guard source.count <= octets, source.allSatisfy({ $0 > 32 && $0 < 127 }) else { self.init(text: text, form: .invalidCharacters); return }
        if source.first == UInt8(ascii: "[") || source.last == UInt8(ascii: "]") {
            let address = Self.literal(source)
            self.init(text: text, form: address == nil ? .badLiteral : .addressLiteral, address: address)
            return
        }
        if let address = IPAddress(text) { self.init(text: text, form: .bareAddress, address: address); return }
        guard !source.contains(UInt8(ascii: "\\")), let name = DomainName(text), !name.isRoot else {
            self.init(text: text, form: .invalidCharacters)
            return
        }
        self.init(text: text, form: Self.form(of: name, ownNames: ownNames), name: name.labels.count > 1 ? name : nil)
    }

    private init(text: String, form: HELOForm, name: DomainName? = nil, address: IPAddress? = nil) {
        self.text = text
        self.form = form
        self.name = name
        self.address = address
    }

    private static func form(of name: DomainName, ownNames: [DomainName]) -> HELOForm {
        if ownNames.contains(name) { return .ownName }
        let labels = name.labels
        if labels.last == "localhost" || (labels.first == "localhost" && labels.dropFirst().first == "localdomain") { return .localhost }
        if labels.count == 1 {
            return DomainName("\(name.text).example")?.isFullyQualifiedHostName == true ? .singleLabel : .invalidCharacters
        }
        return name.isFullyQualifiedHostName ? .fqdn : .invalidCharacters
    }

    /// RFC 5321 §4.1.3; the tag is `IPv6:` in any case, and no other tag is registered.
    private static func literal(_ source: [UInt8]) -> IPAddress? {
        guard source.first == UInt8(ascii: "["), source.last == UInt8(ascii: "]"), source.count > 2 else { return nil }
        let inside = String(decoding: source[1..<(source.count - 1)], as: UTF8.self)
        if inside.utf8.count > 5, inside.prefix(5).lowercased() == "ipv6:" {
            guard let address = IPAddress(inside.dropFirst(5)), !address.isV4 else { return nil }
            return address
        }
        guard let address = IPAddress(inside), address.isV4 else { return nil }
        return address
    }
}
