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
                let stop = unsafe Self.runEnd(octets, at, isRelaxed)
                unsafe take(octets, at, stop, to: &sink)
                at = stop
            }
        }
    }

    /// Hands over a run that is canonical as it stands, but for the white space and the line ends at its end, which are held back.
    private mutating func take(_ octets: UnsafeRawBufferPointer, _ start: Int, _ stop: Int, to sink: inout some OctetSink & ~Copyable) {
        var begin = start, end = stop
        // What was held back goes with the run where it stands before it as it is to be written.
        if blank {
            if lineEnds == 0, unsafe start > 0 && octets[start &- 1] == ASCII.space {
                begin &-= 1
                blank = false
            }
        } else if lineEnds == 1, unsafe start > 1 && octets[start &- 1] == ASCII.lf && octets[start &- 2] == ASCII.cr {
            begin &-= 2
            lineEnds = 0
        }
        if blank || lineEnds > 0 { flush(to: &sink) } else { isBegun = true }
        if isRelaxed, unsafe end > start && octets[end &- 1] == ASCII.space {
            blank = true
            end &-= 1
        }
        while unsafe end &- start >= 2 && octets[end &- 1] == ASCII.lf && octets[end &- 2] == ASCII.cr {
            lineEnds &+= 1
            end &-= 2
        }
        if end > begin { unsafe sink.take(UnsafeRawBufferPointer(rebasing: octets[begin..<end])) }
    }

    /// Where the run that begins with an octet of text ends: behind an octet that, with the next one, is not canonical; before a CR that is
    /// the last octet. A run may end elsewhere too, but never inside a CRLF.
    private static func runEnd(_ octets: UnsafeRawBufferPointer, _ start: Int, _ isRelaxed: Bool) -> Int {
        let last = octets.count &- 1
        var at = start
        // Sixteen pairs of an octet and the next a step.
        while at &+ 16 <= last {
            let these = unsafe octets.loadUnaligned(fromByteOffset: at, as: Words.self), next = unsafe octets.loadUnaligned(fromByteOffset: at &+ 1, as: Words.self)
            let marks = isRelaxed ? relaxedMarks(these, next) : simpleMarks(these, next)
            if marks.x != 0 { return at &+ UInt64(littleEndian: marks.x).trailingZeroBitCount / 8 &+ 1 }
            if marks.y != 0 { return at &+ UInt64(littleEndian: marks.y).trailingZeroBitCount / 8 &+ 9 }
            at &+= 16
        }
        while at < last {
            let octet = unsafe octets[at], next = unsafe octets[at &+ 1]
            at &+= 1
            if next == ASCII.lf, octet != ASCII.cr { return at }
            if isRelaxed, next == ASCII.tab || octet == ASCII.space && next <= ASCII.space { return at }
        }
        return unsafe octets[last] == ASCII.cr ? last : octets.count
    }

    // Sixteen octets, eight in a word. Of each octet, the high bit in `(x - n) & ~x` says that it is below n; it may say so also of one that
    // is n itself and stands above such a one.
    private typealias Words = SIMD2<UInt64>
    private static let ones: UInt64 = 0x0101_0101_0101_0101, high: UInt64 = 0x8080_8080_8080_8080

    /// The high bits of the pairs that are an LF without CR before it.
    @inline(__always) private static func simpleMarks(_ these: Words, _ next: Words) -> Words {
        let lf = next ^ Words(repeating: ones &* 10)
        return (lf &- Words(repeating: ones)) & ~lf & nonzero(these ^ Words(repeating: ones &* 13)) & Words(repeating: high)
    }

    /// The high bits of the pairs that are a tab, or an LF without CR before it, or white space or a line end after a space.
    @inline(__always) private static func relaxedMarks(_ these: Words, _ next: Words) -> Words {
        // Octets 8 to 11, tab and LF among them, that are not the LF of a CRLF.
        let breaking = (next & Words(repeating: ones &* 0xfc)) ^ Words(repeating: ones &* 8)
        let lineEnd = (these ^ Words(repeating: ones &* 13)) | (next ^ Words(repeating: ones &* 10))
        let space = these ^ Words(repeating: ones &* 32)
        return ((breaking &- Words(repeating: ones)) & ~breaking & nonzero(lineEnd)
            | (space &- Words(repeating: ones)) & ~space & (next &- Words(repeating: ones &* 33)) & ~next) & Words(repeating: high)
    }

    /// The high bits, among others, of the octets that are not 0.
    @inline(__always) private static func nonzero(_ words: Words) -> Words { ((words & Words(repeating: ~high)) &+ Words(repeating: ~high)) | words }
}
