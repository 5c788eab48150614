package import DNS

/// A policy record, read and found free of faults.
/// Source: RFC 7208 §4.6.1, §5, §6 and §12.
package struct SPFRecord: Sendable, Equatable {
    package let version: SPFVersion
    /// The record as it was published.
    package let octets: [UInt8]
    /// The mechanisms in their order.
    package let directives: [SPFDirective]
    package let redirect: SPFDomainSpec?
    package let explanation: SPFDomainSpec?

    /// Reads a record; every fault anywhere in it counts (RFC 7208 §4.6).
    /// - Parameter octets: one TXT record, its strings joined without anything between them.
    /// - Throws: `SPFSyntaxError` with the term and the fault: a permerror.
    /// - Limits: `recordOctets`.
    package init(_ octets: [UInt8], limits: SPFLimits = SPFLimits()) throws(SPFSyntaxError) {
        guard let (version, start) = SPFVersion.section(of: octets) else { throw SPFSyntaxError("the record begins with neither v=spf1 nor spf2.0/ and a scope") }
        guard octets.count <= limits.recordOctets else { throw SPFSyntaxError("the record is longer than \(limits.recordOctets) octets") }
        var directives: [SPFDirective] = [], redirect: SPFDomainSpec?, explanation: SPFDomainSpec?
        var at = start
        while at < octets.count {
            if octets[at] == UInt8(ascii: " ") { at += 1; continue }
            var end = at
            while end < octets.count, octets[end] != UInt8(ascii: " ") { end += 1 }
            do throws(SPFSyntaxError) {
                switch try SPFTerm(octets[at..<end]) {
                case .directive(let qualifier, let mechanism):
                    directives.append(SPFDirective(qualifier: qualifier, mechanism: mechanism, place: at..<end))
                case .redirect(let target):
                    // RFC 7208 §6: these two modifiers must not appear more than once each.
                    guard redirect == nil else { throw SPFSyntaxError("a second redirect=") }
                    redirect = target
                case .explanation(let target):
                    guard explanation == nil else { throw SPFSyntaxError("a second exp=") }
                    explanation = target
                case .unknown: break
                }
            } catch {
                throw SPFSyntaxError(error.why, term: SPFSyntaxError.shown(octets[at..<end]))
            }
            at = end
        }
        self.version = version
        self.octets = octets
        self.directives = directives
        self.redirect = redirect
        self.explanation = explanation
    }

    /// A directive as its owner wrote it.
    package func text(of directive: SPFDirective) -> String {
        let place = directive.place.clamped(to: 0..<octets.count)
        return String(decoding: octets[place], as: UTF8.self)
    }
}

/// A mechanism, and what its match means.
/// Source: RFC 7208 §4.6.1 and §4.6.2.
package struct SPFDirective: Sendable, Equatable {
    /// pass, fail, softfail or neutral.
    package let qualifier: SPFResult
    package let mechanism: SPFMechanism
    /// Where the term stands in the record.
    package let place: Range<Int>
}

/// Source: RFC 7208 §5.
package enum SPFMechanism: Sendable, Equatable {
    case all
    case include(SPFDomainSpec)
    /// The addresses of the target, or of the current domain when there is none; the leading bits that count, 0…32 and 0…128.
    case a(SPFDomainSpec?, v4: Int, v6: Int)
    case mx(SPFDomainSpec?, v4: Int, v6: Int)
    case ptr(SPFDomainSpec?)
    /// `ip4` or `ip6`.
    case network(IPNetwork)
    case exists(SPFDomainSpec)
}
