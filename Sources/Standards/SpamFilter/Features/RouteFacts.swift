internal import DNS
internal import Mail

extension FactReader {
    /// What the Received fields say of the way.
    func routeFacts(_ facts: inout FactSet) {
        let fields = message.header.all(FieldNames.received).prefix(20)
        facts.note("servers on the way", fields.count, steps: [1, 2, 3, 4, 6, 9])
        guard let first = fields.first, let last = fields.last else { return }
        note("first", Hop(last), &facts)
        // The first one that was not between hosts of the recipient's own.
        let own = Hop(first).bySite
        for field in fields {
            let hop = Hop(field)
            if hop.isFromOutside(own) { return note("outer", hop, &facts) }
        }
    }

    private func note(_ place: StaticString, _ hop: Hop, _ facts: inout FactSet) {
        func note(_ name: StaticString, _ isTrue: Bool) { if isTrue { facts.note(place, name) } }
        note("server has no client", hop.helo.isEmpty)
        guard !hop.helo.isEmpty else { return }
        let heloSite = Hop.site(hop.helo), nameSite = Hop.site(hop.name)
        note("client has no name", hop.name.isEmpty || hop.name.elementsEqual("unknown".utf8))
        note("client greets with an address", hop.helo.allSatisfy { ASCII.isDigit($0) || $0 == ASCII.dot || $0 == ASCII.bracket || $0 == ASCII.unbracket })
        note("client greets with one label", !hop.helo.contains(ASCII.dot))
        note("client's name is of a line", Hop.isOfLine(hop.name))
        note("client's greeting is of a line", Hop.isOfLine(hop.helo))
        note("client's greeting is its name", hop.helo == hop.name)
        note("client's greeting is near its name", heloSite == nameSite)
        note("client's greeting is far from its name", !hop.name.isEmpty && heloSite != nameSite)
        note("client's greeting is of the author's domain", !authorSite.isEmpty && heloSite == authorSite)
        note("client's name is of the author's domain", !authorSite.isEmpty && nameSite == authorSite)
        note("client's greeting is of the Message-ID's domain", !identitySite.isEmpty && heloSite == identitySite)
        note("client's name is of the Message-ID's domain", !identitySite.isEmpty && nameSite == identitySite)
        note("ESMTP", hop.isExtended)
        note("encrypted", hop.isEncrypted)
        note("HTTP", hop.isHTTP)
    }
}

/// One Received field, as far as the facts go. Clients' names stand in comments, which are custom and no standard.
private struct Hop {
    /// The beginning of the field, in lower case.
    private let octets: ArraySlice<UInt8>
    private(set) var helo: ArraySlice<UInt8> = [], name: ArraySlice<UInt8> = []
    private var isLocal = false

    init(_ field: HeaderField) {
        octets = ASCII.lowercased(field.unfolded.prefix(400))[...]
        if ASCII.hasPrefix(octets, "from ") {
            helo = octets.dropFirst(5).prefix { !ASCII.isSpace($0) && $0 != ASCII.open }
            if let open = octets.firstIndex(of: ASCII.open) {
                let comment = octets[(open + 1)...].prefix { $0 != ASCII.close }
                name = comment.prefix { !ASCII.isSpace($0) && $0 != ASCII.bracket && $0 != ASCII.colon }
                if name.contains(ASCII.equals) || name.allSatisfy({ ASCII.isDigit($0) || $0 == ASCII.dot }) { name = [] }
                isLocal = comment.contains("127.0.0.1" as StaticString) || comment.contains("[10." as StaticString)
            }
        }
        if helo.elementsEqual("localhost".utf8) { isLocal = true }
    }

    /// What the server that wrote the field registered.
    var bySite: ArraySlice<UInt8> {
        guard let by = octets.place(of: " by ") else { return [] }
        return Self.site(octets[(by + 4)...].prefix { !ASCII.isSpace($0) && $0 != ASCII.semicolon && $0 != ASCII.open })
    }

    var isExtended: Bool { octets.contains("esmtp" as StaticString) }
    var isEncrypted: Bool { octets.contains("esmtps" as StaticString) || octets.contains("tls" as StaticString) }
    var isHTTP: Bool { octets.contains("http" as StaticString) }

    func isFromOutside(_ own: ArraySlice<UInt8>) -> Bool { !helo.isEmpty && !isLocal && bySite == own && Self.site(helo) != own && Self.site(name) != own }

    static func site(_ host: ArraySlice<UInt8>) -> ArraySlice<UInt8> { host[RegistrableName.start(in: host)...] }

    /// Names that providers give to the lines of their customers: `dsl-12-34`, `dynamic`, an address in digits.
    static func isOfLine(_ name: ArraySlice<UInt8>) -> Bool {
        guard !name.isEmpty else { return false }
        var numbers = 0, isInNumber = false
        for octet in name {
            if ASCII.isDigit(octet) {
                if !isInNumber { numbers += 1 }
                isInNumber = true
            } else {
                isInNumber = false
            }
        }
        return numbers >= 3 || name.indices.contains { place in initials.utf8.contains(name[place]) && marks.contains { ASCII.hasPrefix(name[place...], $0) } }
    }

    private static let marks: [StaticString] = ["dsl", "dyn", "dial", "ppp", "cable", "pool", "dhcp", "client", "broadband", "customer", "user"], initials = "bcdpu"
}
