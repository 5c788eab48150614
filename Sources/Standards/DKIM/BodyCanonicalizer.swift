internal import Mail

/// A body made canonical as its octets come, in pieces cut anywhere.
///
/// LF without CR is taken as CRLF, as the message's own digest has it: what comes by way of a Unix program has such line ends. CR without
/// LF is an octet like others.
/// Source: RFC 6376 §3.4.3, §3.4.4 with erratum 5839.
package struct BodyCanonicalizer: Sendable {
    private let isRelaxed: Bool
    /// Line ends that count only when something follows.
    private var lineEnds = 0
    /// White space that counts, as one space, only when something follows in its line.
    private var blank = false
    /// The last piece ended in CR.
    private var carriageReturn = false
    private var isBegun = false

    package init(_ canonicalization: Canonicalization) { isRelaxed = canonicalization == .relaxed }

    /// Adds octets of the body.
    package mutating func add(_ octets: ArraySlice<UInt8>, to sink: inout some OctetSink & ~Copyable) {
        unsafe octets.withUnsafeBytes { unsafe add($0, to: &sink) }
    }

    /// Ends the body: what was held back counts or falls away now.
    package mutating func finish(to sink: inout some OctetSink & ~Copyable) {
        if carriageReturn {
            carriageReturn = false
            flush(to: &sink)
            sink.take(ASCII.cr)
        }
        // An empty body is CRLF in the simple form, and nothing in the relaxed one.
        if isBegun || !isRelaxed { sink.takeLineEnds(1) }
        lineEnds = 0
        blank = false
        isBegun = false
    }

    private mutating func flush(to sink: inout some OctetSink & ~Copyable) {
        if lineEnds > 0 { sink.takeLineEnds(lineEnds) }
        if blank { sink.take(ASCII.space) }
        lineEnds = 0
        blank = false
        isBegun = true
    }

    private mutating func endLine() {
        blank = false
        lineEnds &+= 1
    }

    private mutating func add(_ octets: UnsafeRawBufferPointer, to sink: inout some OctetSink & ~Copyable) {
        let end = octets.count
        var at = 0
        if carriageReturn, end > 0 {
            carriageReturn = false
            if unsafe octets[0] == ASCII.lf {
                at = 1
                endLine()
            } else {
                flush(to: &sink)
                sink.take(ASCII.cr)
            }
        }
        while at < end {
            let octet = unsafe octets[at]
            if octet == ASCII.lf {
                endLine()
                at &+= 1
            } else if octet == ASCII.cr {
                at &+= 1
                if at == end { carriageReturn = true; return }
                if unsafe octets[at] == ASCII.lf {
                    endLine()
                    at &+= 1
                } else {
                    flush(to: &sink)
                    sink.take(ASCII.cr)
                }
            } else if isRelaxed, ASCII.isBlank(octet) {
                blank = true
                at &+= 1
            } else {
                let stop = unsafe isRelaxed ? Self.relaxedRunEnd(octets, at) : Self.simpleRunEnd(octets, at)
                unsafe take(octets, at, stop, to: &sink)
                at = stop
            }
        }
    }

    /// Hands over a run that is canonical as it stands, but for the white space and the line ends at its end, which are held back.
    private mutating func take(_ octets: UnsafeRawBufferPointer, _ start: Int, _ stop: Int, to sink: inout some OctetSink & ~Copyable) {
        flush(to: &sink)
        var end = stop
        if isRelaxed, unsafe end > start && octets[end &- 1] == ASCII.space {
            blank = true
            end &-= 1
        }
        while unsafe end &- start >= 2 && octets[end &- 1] == ASCII.lf && octets[end &- 2] == ASCII.cr {
            lineEnds &+= 1
            end &-= 2
        }
        if end > start { unsafe sink.take(UnsafeRawBufferPointer(rebasing: octets[start..<end])) }
    }

    /// Where the run that begins with an octet of text ends: before a tab, white space that is more than one space or ends a line, an LF
    /// without CR, a CR that is the last octet.
    private static func relaxedRunEnd(_ octets: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let end = octets.count
        var at = start
        while at < end {
            // Eight pairs of an octet and the next a step. The first octet is text, or was the next of the step before.
            if unsafe octets[at] > ASCII.space {
                while at &+ 9 <= end {
                    let these = unsafe octets.loadUnaligned(fromByteOffset: at, as: UInt64.self), next = unsafe octets.loadUnaligned(fromByteOffset: at &+ 1, as: UInt64.self)
                    if isUnusual(these, next), hasFaultyLine(these, next) || hasFaultyBlank(these, next) { break }
                    at &+= 8
                }
            }
            // Octet by octet as far as such a step reaches.
            let reach = min(end, at &+ 9)
            while at < reach {
                switch unsafe octets[at] {
                case ASCII.lf:
                    if unsafe at == start || octets[at &- 1] != ASCII.cr { return at }
                    at &+= 1   // a step ended inside a CRLF
                case ASCII.tab: return at
                case ASCII.space:
                    guard at &+ 1 < end else { return end }
                    switch unsafe octets[at &+ 1] {
                    case ASCII.space, ASCII.tab, ASCII.cr, ASCII.lf: return at
                    default: at &+= 1
                    }
                case ASCII.cr:
                    guard at &+ 1 < end else { return at }
                    // A CR alone is text.
                    at &+= unsafe octets[at &+ 1] == ASCII.lf ? 2 : 1
                default: at &+= 1
                }
            }
        }
        return at
    }

    /// The same for the simple form: before an LF without CR, a CR that is the last octet.
    private static func simpleRunEnd(_ octets: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let end = octets.count
        var at = start
        while at < end {
            if unsafe octets[at] > ASCII.space {
                while at &+ 9 <= end {
                    let these = unsafe octets.loadUnaligned(fromByteOffset: at, as: UInt64.self), next = unsafe octets.loadUnaligned(fromByteOffset: at &+ 1, as: UInt64.self)
                    if hasFaultyLine(these, next) { break }
                    at &+= 8
                }
            }
            let reach = min(end, at &+ 9)
            while at < reach {
                switch unsafe octets[at] {
                case ASCII.lf:
                    if unsafe at == start || octets[at &- 1] != ASCII.cr { return at }
                    at &+= 1
                case ASCII.cr:
                    guard at &+ 1 < end else { return at }
                    at &+= unsafe octets[at &+ 1] == ASCII.lf ? 2 : 1
                default: at &+= 1
                }
            }
        }
        return at
    }

    // Of a word of eight octets, an octet's high bit in `(x - n) & ~x` says that it is below n (or stands above such a one, which is seldom).
    private static let ones: UInt64 = 0x0101_0101_0101_0101, low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f, high: UInt64 = 0x8080_8080_8080_8080

    /// Whether a next octet is a control character, or white space after a space: always true where one of the following is.
    @inline(__always) private static func isUnusual(_ these: UInt64, _ next: UInt64) -> Bool {
        let space = these ^ ones &* 32
        return ((next &- ones &* 32) & ~next | (space &- ones) & ~space & (next &- ones &* 33) & ~next) & high != 0
    }

    /// Whether a next octet is an LF that no CR precedes.
    @inline(__always) private static func hasFaultyLine(_ these: UInt64, _ next: UInt64) -> Bool {
        let lf = next ^ ones &* 10, cr = these ^ ones &* 13
        return (lf &- ones) & ~lf & (((cr & low) &+ low) | cr) & high != 0
    }

    /// Whether a next octet is a tab, or white space or a line end after a space.
    @inline(__always) private static func hasFaultyBlank(_ these: UInt64, _ next: UInt64) -> Bool {
        let space = these ^ ones &* 32, tab = next ^ ones &* 9
        return ((tab &- ones) & ~tab | (space &- ones) & ~space & (next &- ones &* 33) & ~next) & high != 0
    }
}
