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

    /// The place of the next CR or LF from `start` on; `count` where there is none.
    static func end(_ octets: [UInt8], _ start: Int) -> Int {
        var at = max(0, start)
        while true {
            at = skipText(octets, at)
            guard at < octets.count, octets[at] != ASCII.lf, octets[at] != ASCII.cr else { return min(at, octets.count) }
            at &+= 1
        }
    }

    /// How many CRs there are that no LF follows.
    static func bareCRs(_ octets: ArraySlice<UInt8>) -> Int {
        var count = 0, at = octets.startIndex
        while at < octets.endIndex {
            if octets[at] == ASCII.cr, at &+ 1 >= octets.endIndex || octets[at &+ 1] != ASCII.lf { count &+= 1 }
            at &+= 1
        }
        return count
    }

    static func hasBareCR(_ octets: ArraySlice<UInt8>) -> Bool {
        unsafe octets.withUnsafeBytes { unsafe nextBareCR($0, 0) } != nil
    }

    /// The place of the next CR from `start` on that no LF follows; one before `end` is none's, whatever follows. Nil where there is none.
    static func nextBareCR(_ octets: [UInt8], _ start: Int, end: Int) -> Int? {
        guard start >= 0, start < min(end, octets.count) else { return nil }
        return unsafe octets.withUnsafeBytes { bytes in unsafe nextBareCR(UnsafeRawBufferPointer(rebasing: bytes[..<min(end, bytes.count)]), start) }
    }

    private static func nextBareCR(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var at = start
        while at < bytes.count, let found = unsafe memchr(base + at, 13, bytes.count &- at) {
            at = unsafe UnsafeRawPointer(found) - base &+ 1
            if unsafe at >= bytes.count || bytes[at] != ASCII.lf { return at &- 1 }
        }
        return nil
    }

    /// The octets with CRLF for each CR that no LF follows.
    static func withoutBareCR(_ octets: ArraySlice<UInt8>) -> [UInt8] {
        var result: [UInt8] = [], at = octets.startIndex
        result.reserveCapacity(octets.count &+ 64)
        while at < octets.endIndex {
            result.append(octets[at])
            if octets[at] == ASCII.cr, at &+ 1 >= octets.endIndex || octets[at &+ 1] != ASCII.lf { result.append(ASCII.lf) }
            at &+= 1
        }
        return result
    }

    /// SHA-256 of the octets with each LF that no CR precedes taken as CRLF.
    static func digest(_ octets: [UInt8], bareLF: Int) -> [UInt8] {
        var hash = SHA256()
        if bareLF == 0 {
            hash.update(octets)
            return hash.finish()
        }
        var piece = [UInt8](repeating: 0, count: 65_536), at = 0
        while at < octets.count {
            let filled = fill(&piece, octets, &at)
            hash.update(piece[..<filled])
        }
        return hash.finish()
    }

    /// Copies octets from the place `at` on, each LF that no CR precedes as CRLF, until the piece is full but for an octet or there are no
    /// more. The first octets of a line are copied one by one, the rest at once: lines are short or long.
    /// - Returns: how many octets of the piece are filled.
    private static func fill(_ piece: inout [UInt8], _ octets: [UInt8], _ at: inout Int) -> Int {
        let start = at
        let (filled, end) = unsafe piece.withUnsafeMutableBytes { to in
            unsafe octets.withUnsafeBytes { from in
                var filled = 0, at = start, column = 0
                let room = to.count &- 1
                while at < from.count, filled < room {
                    let octet = unsafe from[at]
                    if octet == ASCII.lf || column < 16 {
                        if octet == ASCII.lf, unsafe at == 0 || from[at &- 1] != ASCII.cr {
                            unsafe to[filled] = ASCII.cr
                            filled &+= 1
                        }
                        unsafe to[filled] = octet
                        filled &+= 1
                        at &+= 1
                        column = octet == ASCII.lf ? 0 : column &+ 1
                        continue
                    }
                    guard let base = from.baseAddress, let target = to.baseAddress else { break }
                    let most = min(from.count &- at, room &- filled)
                    let found = unsafe memchr(base + at, 10, most)
                    let length = unsafe found.map { unsafe UnsafeRawPointer($0) - (base + at) } ?? most
                    unsafe memcpy(target + filled, base + at, length)
                    filled &+= length
                    at &+= length
                }
                return (filled, at)
            }
        }
        at = end
        return filled
    }
}
