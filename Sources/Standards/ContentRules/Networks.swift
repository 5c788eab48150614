internal import DNS

extension IPAddress {
    /// Whether it may be anybody's: none of private networks, of a link, of the own machine, of those that providers share.
    /// Source: RFC 1918, RFC 3927, RFC 6598, RFC 4193, RFC 4291 §2.4.
    var isPublic: Bool {
        switch unmapped {
        case .v4(let number): !(number >> 24 == 127 || number >> 24 == 10 || number >> 20 == 0xac1 || number >> 16 == 0xc0a8 || number >> 16 == 0xa9fe || number >> 22 == 0x191)
        case .v6(let high, _): high >> 61 == 1
        }
    }
}
