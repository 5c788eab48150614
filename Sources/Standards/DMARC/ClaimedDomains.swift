internal import DNS
internal import Mail

/// The domains that a reader may take out of an author's text which is no list of mailboxes: whatever stands behind an at sign, without what
/// is not seen.
struct ClaimedDomains {
    /// In their order, each once, without those known before.
    private(set) var domains: [DomainName] = []
    /// A name was behind an at sign that is none of those known before.
    private(set) var hasOther = false
    /// There were more than are kept.
    private(set) var isCut = false
    private var known: Set<DomainName>
    private let mailboxes: Set<DomainName>
    /// A name of one label is none.
    private let needsDot: Bool

    /// Domains that are kept.
    private static let maximum = 2_000

    /// - Parameters:
    ///   - known: domains that mailboxes name.
    ///   - needsDot: a name of one label is no domain: in words that are no mailbox to us an at sign may be something else.
    init(known: Set<DomainName>, needsDot: Bool = false) { self.known = known; mailboxes = known; self.needsDot = needsDot }

    /// Takes those of a text, with its comments and without them. The work is linear in the text.
    mutating func add(_ text: String) {
        let whole = Array(text.unicodeScalars)
        take(whole)
        if whole.contains("(") { take(Self.withoutComments(whole)) }
    }

    private mutating func take(_ text: [Unicode.Scalar]) {
        var at = 0
        while at < text.count {
            let isAt = text[at] == "@" || text[at] == "\u{ff20}" || text[at] == "\u{fe6b}"
            at += 1
            if isAt { keep(Self.name(text, &at)) }
        }
    }

    private mutating func keep(_ name: String) {
        if name.isEmpty || needsDot && !name.utf8.contains(ASCII.dot) { return }
        let domain = DomainName(name)
        if domain.map({ !mailboxes.contains($0) }) ?? true { hasOther = true }
        guard let domain, !known.contains(domain) else { return }
        guard domains.count < Self.maximum else { isCut = true; return }
        known.insert(domain)
        domains.append(domain)
    }

    /// The name that begins there: blanks end it, but around its dots, and dots that part nothing are left out.
    private static func name(_ text: [Unicode.Scalar], _ at: inout Int) -> String {
        var name = String.UnicodeScalarView(), isOpen = true, hasBlank = false
        while at < text.count {
            let scalar = text[at]
            if scalar.properties.isWhitespace || scalar.value == 0x2800 {
                hasBlank = true
            } else if isDot(scalar) {
                isOpen = true
                hasBlank = false
            } else if isOfName(scalar) {
                if !isOpen, hasBlank { break }
                if isOpen, !name.isEmpty { name.append(".") }
                (isOpen, hasBlank) = (false, false)
                name.append(scalar)
            } else if !scalar.isUnseen, !(scalar == "[" && name.isEmpty) {
                break
            }
            at += 1
        }
        return String(name)
    }

    private static func isDot(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "\u{3002}" || scalar == "\u{ff0e}" || scalar == "\u{ff61}" }

    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value >= 128 { return !scalar.isUnseen && scalar != "\u{ff20}" && scalar != "\u{fe6b}" }
        return ASCII.isAlphanumeric(UInt8(truncatingIfNeeded: scalar.value)) || scalar == "-" || scalar == "_"
    }

    private static func withoutComments(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var depth = 0
        return text.filter { scalar in
            if scalar == "(" { depth += 1; return false }
            if scalar == ")", depth > 0 { depth -= 1; return false }
            return depth == 0
        }
    }
}
