internal import CLinux
internal import Cryptography

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
            at = skipText(octets, at)
            guard at < end else { break }
            let octet = octets[at]
            at &+= 1
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

    /// The place of the next octet below 14 from `start` on, eight octets a step: most octets of a message are text.
    private static func skipText(_ octets: [UInt8], _ start: Int) -> Int {
        var at = start
        let end = octets.count
        if at &+ 8 <= end {
            at = unsafe octets.withUnsafeBytes { bytes in
                var at = start
                while at &+ 8 <= end {
                    let word = unsafe bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)
                    // An octet's high bit is set where the octet is below 14, or 128 and more above it: then look closer.
                    if (word &- 0x0e0e_0e0e_0e0e_0e0e) & ~word & 0x8080_8080_8080_8080 != 0 { break }
                    at &+= 8
                }
                return at
            }
        }
        while at < end, octets[at] > 13 { at &+= 1 }
        return at
    }

    /// The place of the next LF from `start` on; `count` where there is none.
    static func next(_ octets: [UInt8], _ start: Int) -> Int {
        guard start >= 0, start < octets.count else { return octets.count }
        return unsafe octets.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, let found = unsafe memchr(base + start, 10, bytes.count &- start) else { return bytes.count }
            return unsafe UnsafeRawPointer(found) - base
        }
    }

    /// SHA-256 of the octets with each LF that no CR precedes taken as CRLF.
    static func digest(_ octets: [UInt8], bareLF: Int) -> [UInt8] {
        var hash = SHA256()
        if bareLF == 0 {
            hash.update(octets)
            return hash.finish()
        }
        // Lines are copied whole; octet by octet the array would be asked for its owner at each write.
        var piece: [UInt8] = [], at = 0
        piece.reserveCapacity(min(octets.count &+ bareLF, 65_536 &+ 1_024))
        while at < octets.count {
            let lf = next(octets, at)
            if lf &- at > 1_000 {
                hash.update(piece)
                piece.removeAll(keepingCapacity: true)
                hash.update(octets[at..<lf])
            } else {
                piece.append(contentsOf: octets[at..<lf])
            }
            if lf < octets.count {
                if lf == 0 || octets[lf &- 1] != ASCII.cr { piece.append(ASCII.cr) }
                piece.append(ASCII.lf)
            }
            at = lf &+ 1
            if piece.count >= 65_536 {
                hash.update(piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
        hash.update(piece)
        return hash.finish()
    }
}
