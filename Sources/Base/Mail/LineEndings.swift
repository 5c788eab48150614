internal import Crypto

/// Line ends of a message: what is wrong with them, and a digest that does not depend on them.
enum LineEndings {
    struct Faults {
        var bareCR = 0, bareLF = 0, nul = 0
    }

    /// Source: RFC 5322 §2.3 (CR and LF only together), §4.1 (NUL).
    static func faults(_ octets: [UInt8]) -> Faults {
        var faults = Faults(), at = 0
        let end = octets.count
        while at < end {
            let octet = octets[at]
            at &+= 1
            if octet > 13 { continue }
            if octet == ASCII.cr {
                if at < end, octets[at] == ASCII.lf { at &+= 1 } else { faults.bareCR &+= 1 }
            } else if octet == ASCII.lf {
                faults.bareLF &+= 1
            } else if octet == 0 {
                faults.nul &+= 1
            }
        }
        return faults
    }

    /// SHA-256 of the octets with each LF that no CR precedes taken as CRLF.
    static func digest(_ octets: [UInt8], bareLF: Int) -> [UInt8] {
        var hash = SHA256()
        if bareLF == 0 {
            hash.update(octets)
            return hash.finish()
        }
        var piece: [UInt8] = [], before: UInt8 = 0
        piece.reserveCapacity(65_536 + 2)
        for octet in octets {
            if octet == ASCII.lf, before != ASCII.cr { piece.append(ASCII.cr) }
            piece.append(octet)
            before = octet
            if piece.count >= 65_536 {
                hash.update(piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
        hash.update(piece)
        return hash.finish()
    }
}
