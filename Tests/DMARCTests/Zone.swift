import DKIM
import DMARC
import DNS
import SPF
import TestSupport
import Testing

/// Records by domain, and what a test says of SPF and DKIM.
struct Zone {
    let resolver = MemoryResolver()

    init(_ records: KeyValuePairs<String, String>) { for (domain, text) in records { add(domain, text) } }

    /// - Parameter text: the tags behind `v=DMARC1; `; a whole text behind `=`; or "timeout", or "exists" for a host's address.
    func add(_ domain: String, _ text: String) {
        switch text {
        case "timeout": resolver.fail("_dmarc.\(domain)")
        case "exists": resolver.a(domain, "192.0.2.1")
        default: resolver.txt("_dmarc.\(domain)", text.hasPrefix("=") ? String(text.dropFirst()) : "v=DMARC1; \(text)")
        }
    }

    /// Names that were asked about, without `_dmarc.`.
    var asked: [String] { resolver.asked.map { $0.name.text.hasPrefix("_dmarc.") ? String($0.name.text.dropFirst(7)) : "\($0.type) \($0.name.text)" } }

    func evaluate(_ author: String, spf: (String, SPFResult)? = nil, dkim: [(String, DKIMResult)] = [], limits: DMARCLimits = DMARCLimits()) async throws -> DMARCOutcome {
        let domain = try #require(DomainName(author))
        return await evaluate(DMARCAuthors(domain), spf: spf, dkim: dkim, limits: limits)
    }

    func evaluate(_ authors: DMARCAuthors, spf: (String, SPFResult)? = nil, dkim: [(String, DKIMResult)] = [], limits: DMARCLimits = DMARCLimits()) async -> DMARCOutcome {
        await DMARCEvaluator(resolver: resolver, limits: limits).evaluate(authors, spf: Self.spf(spf?.0 ?? "sender.example", spf?.1 ?? .none),
                                                                          dkim: Self.dkim(dkim), by: .now + .seconds(20))
    }

    static func spf(_ domain: String, _ result: SPFResult) -> SPFEvidence {
        SPFEvidence(helo: nil, mailfrom: SPFOutcome(result: result, identity: .mailfrom, domain: domain, sender: "postmaster@\(domain)"))
    }

    static func dkim(_ signatures: [(String, DKIMResult)]) -> DKIMEvidence {
        DKIMEvidence(signatures: signatures.map { DKIMOutcome(result: $0.1, domain: $0.0, selector: "s") })
    }
}
