package import DNS

/// What the macro letters stand for in one message.
/// Source: RFC 7208 §7.2 and §7.3.
package struct SPFMacroValues: Sendable {
    /// `l`; "postmaster" when the sender has none (RFC 7208 §4.3).
    var localPart: [UInt8]
    /// `o`.
    var senderDomain: DomainName
    /// `d`: the domain whose record is being read.
    var domain: DomainName
    /// `i`, `v` and `c`; an IPv4-mapped address is IPv4.
    var client: IPAddress
    /// `h`, as the client said it.
    var helo: [UInt8]
    /// `r`: the name of the host that checks.
    var receiver: String
    /// `t`: seconds since 1970-01-01T00:00:00Z.
    var time: Int
    /// `p`: a name of the client that leads back to it; nil when there is none.
    var validatedName: DomainName?

    package init(localPart: [UInt8], senderDomain: DomainName, domain: DomainName, client: IPAddress, helo: [UInt8], receiver: String,
                 time: Int, validatedName: DomainName?) {
        self.localPart = localPart
        self.senderDomain = senderDomain
        self.domain = domain
        self.client = client.unmapped
        self.helo = helo
        self.receiver = receiver
        self.time = time
        self.validatedName = validatedName
    }

    func value(of letter: SPFMacro.Letter) -> [UInt8] {
        switch letter {
        case .s: return localPart + [UInt8(ascii: "@")] + Self.octets(of: senderDomain)
        case .l: return localPart
        case .o: return Self.octets(of: senderDomain)
        case .d: return Self.octets(of: domain)
        case .i: return dotted
        case .p: return validatedName.map(Self.octets(of:)) ?? Array("unknown".utf8)
        case .v: return Array((client.isV4 ? "in-addr" : "ip6").utf8)
        case .h: return helo
        case .c: return Array(client.description.utf8)
        case .r: return Array((receiver.isEmpty ? "unknown" : receiver).utf8)
        case .t: return Array(String(time).utf8)
        }
    }

    /// A dotted quad, or the 32 hexadecimal digits of an IPv6 address with dots between them.
    private var dotted: [UInt8] {
        if client.isV4 { return Array(client.description.utf8) }
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for octet in client.octets {
            text += [digits[Int(octet >> 4)], UInt8(ascii: "."), digits[Int(octet & 15)], UInt8(ascii: ".")]
        }
        return text.dropLast()
    }

    /// A name's octets with its `\DDD` escapes undone.
    static func octets(of name: DomainName) -> [UInt8] {
        let text = Array(name.text.utf8)
        guard text.contains(UInt8(ascii: "\\")) else { return text }
        var raw: [UInt8] = [], at = 0
        while at < text.count {
            if text[at] == UInt8(ascii: "\\"), at + 3 < text.count, let code = UInt8(String(decoding: text[(at + 1)...(at + 3)], as: UTF8.self)) {
                raw.append(code)
                at += 4
            } else {
                raw.append(text[at])
                at += 1
            }
        }
        return raw
    }
}
