internal import DNS
internal import Mail

/// What the Received fields say of the way.
struct RouteFacts {
    private let reader: FactReader

    init(_ reader: FactReader) { self.reader = reader }

    func add(to facts: inout FactSet) {
        let fields = reader.message.header.all("Received").prefix(20).map { Hop($0.unfolded) }
        facts.note("servers on the way", fields.count, steps: [1, 2, 3, 4, 6, 9])
        if let first = fields.last { note("first", first, &facts) }
        // The first one that was not between hosts of the recipient's own.
        let own = fields.first?.bySite ?? []
        if let border = fields.first(where: { $0.isFromOutside(own) }) { note("outer", border, &facts) }
    }

    private func note(_ place: StaticString, _ hop: Hop, _ facts: inout FactSet) {
        func note(_ name: StaticString, _ isTrue: Bool) { if isTrue { facts.note(place, word: Array("\(name)".utf8)[...]) } }
        note("server has no client", hop.helo.isEmpty)
        guard !hop.helo.isEmpty else { return }
        note("client has no name", hop.name.isEmpty || hop.name.elementsEqual("unknown".utf8))
        note("client greets with an address", hop.helo.allSatisfy { ASCII.isDigit($0) || $0 == ASCII.dot || $0 == ASCII.bracket || $0 == ASCII.unbracket })
        note("client greets with one label", !hop.helo.contains(ASCII.dot))
        note("client's name is of a line", Hop.isOfLine(hop.name))
        note("client's greeting is of a line", Hop.isOfLine(hop.helo))
        note("client's greeting is its name", hop.helo == hop.name)
        note("client's greeting is near its name", hop.heloSite == hop.nameSite)
        note("client's greeting is far from its name", !hop.name.isEmpty && hop.heloSite != hop.nameSite)
        note("client's greeting is of the author's domain", !reader.authorSite.isEmpty && hop.heloSite == reader.authorSite)
        note("client's name is of the author's domain", !reader.authorSite.isEmpty && hop.nameSite == reader.authorSite)
        note("client's greeting is of the Message-ID's domain", !reader.identitySite.isEmpty && hop.heloSite == reader.identitySite)
        note("client's name is of the Message-ID's domain", !reader.identitySite.isEmpty && hop.nameSite == reader.identitySite)
        note("ESMTP", hop.isExtended)
        note("encrypted", hop.isEncrypted)
        note("HTTP", hop.isHTTP)
    }
}

/// One Received field, as far as the facts go. Clients' names stand in comments, which are custom and no standard.
private struct Hop {
    var helo: ArraySlice<UInt8> = [], name: ArraySlice<UInt8> = []
    var heloSite: ArraySlice<UInt8> = [], nameSite: ArraySlice<UInt8> = [], bySite: ArraySlice<UInt8> = []
    var isExtended = false, isEncrypted = false, isHTTP = false, isLocal = false

    init(_ value: ArraySlice<UInt8>) {
        let octets = ASCII.lowercased(value.prefix(400))[...]
        let from = Array("from ".utf8)[...], by = Array(" by ".utf8)[...]
        if octets.starts(with: from) {
            helo = octets.dropFirst(5).prefix { !ASCII.isSpace($0) && $0 != ASCII.open }
            if let open = octets.firstIndex(of: ASCII.open) {
                let comment = octets[(open + 1)...].prefix { $0 != ASCII.close }
                name = comment.prefix { !ASCII.isSpace($0) && $0 != ASCII.bracket && $0 != ASCII.colon }
                if name.contains(ASCII.equals) || name.allSatisfy({ ASCII.isDigit($0) || $0 == ASCII.dot }) { name = [] }
                isLocal = comment.contains(Array("127.0.0.1".utf8)[...]) || comment.contains(Array("[10.".utf8)[...])
            }
        }
        if helo.elementsEqual("localhost".utf8) { isLocal = true }
        heloSite = helo[RegistrableName.start(in: helo)...]
        nameSite = name[RegistrableName.start(in: name)...]
        var at = octets.startIndex
        while at + by.count < octets.endIndex {
            if octets[at] == ASCII.space, octets[at..<(at + by.count)].elementsEqual(by) {
                let host = octets[(at + by.count)...].prefix { !ASCII.isSpace($0) && $0 != ASCII.semicolon && $0 != ASCII.open }
                bySite = host[RegistrableName.start(in: host)...]
                break
            }
            at += 1
        }
        isExtended = octets.contains(Array("esmtp".utf8)[...])
        isEncrypted = octets.contains(Array("esmtps".utf8)[...]) || octets.contains(Array("tls".utf8)[...])
        isHTTP = octets.contains(Array("http".utf8)[...])
    }

    func isFromOutside(_ own: ArraySlice<UInt8>) -> Bool { !helo.isEmpty && !isLocal && bySite == own && heloSite != own && nameSite != own }

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
        return numbers >= 3 || marks.contains { name.contains($0) }
    }

    private static let marks = ["dsl", "dyn", "dial", "ppp", "cable", "pool", "dhcp", "client", "broadband", "customer", "user"].map { Array($0.utf8)[...] }
}
