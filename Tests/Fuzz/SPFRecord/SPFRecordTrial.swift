import DNS
import SPF

/// What must hold for the reading of any octets as a policy, an explanation and a name.
struct SPFRecordTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        read(octets)
        read(Array("v=spf1 ".utf8) + octets)
        if let macros = try? SPFMacroString(octets[...], in: .explanation) { expand(macros) }
        if let name = SPFDomainSpec.targetName(octets) { check(name) }
    }

    private func read(_ octets: [UInt8]) {
        do throws(SPFSyntaxError) {
            let record = try SPFRecord(octets)
            check(record)
            precondition(again(octets) == record, "a record reads differently the second time")
        } catch {
            precondition(error.term.utf8.count <= 500 && !error.why.isEmpty)
            precondition(error.term.unicodeScalars.allSatisfy { $0 == "…" || $0.value > 0x20 && $0.value < 0x7f }, "an error that cannot be shown")
        }
    }

    private func again(_ octets: [UInt8]) -> SPFRecord? { try? SPFRecord(octets) }

    private func check(_ record: SPFRecord) {
        var end = 6, texts = "v=spf1"
        for directive in record.directives {
            precondition(directive.place.lowerBound > end - 1 && !directive.place.isEmpty && directive.place.upperBound <= record.octets.count)
            end = directive.place.upperBound
            let text = record.text(of: directive)
            precondition(!text.contains(" "))
            texts += " \(text)"
            switch directive.mechanism {
            case .all, .network, .a(nil, _, _), .mx(nil, _, _), .ptr(nil): break
            case .include(let spec), .exists(let spec), .ptr(.some(let spec)): check(spec)
            case .a(.some(let spec), let v4, let v6), .mx(.some(let spec), let v4, let v6):
                precondition((0...32).contains(v4) && (0...128).contains(v6))
                check(spec)
            }
        }
        if let redirect = record.redirect { check(redirect) }
        if let explanation = record.explanation { check(explanation) }
        precondition(again(Array(texts.utf8))?.directives.map(\.mechanism) == record.directives.map(\.mechanism), "directives change when they stand alone")
    }

    private func check(_ spec: SPFDomainSpec) {
        switch spec {
        case .name(let name): check(name)
        case .unqueryable: break
        case .macros(let macros): expand(macros)
        }
    }

    private func check(_ name: DomainName) {
        precondition(DomainName(name.text) == name, "a name changes when it is written and read")
    }

    private func expand(_ macros: SPFMacroString) {
        for client in [IPAddress.v4(0xc000_0241), .v6(high: 0x2001_0db8_0000_0000, low: 0xcb01)] {
            let values = SPFMacroValues(localPart: Array("a.b-c+d/e_f=g,".utf8), senderDomain: DomainName(trusted: "post.example"),
                                        domain: DomainName(trusted: "spf.post.example"), client: client, helo: octets, receiver: "",
                                        time: 1_700_000_000, validatedName: nil)
            guard let text = macros.expanded(values, limit: 4096) else { continue }
            precondition(text.count <= 4096 && macros.expanded(values, limit: 4096) == text)
            if let name = SPFDomainSpec.targetName(text) { check(name) }
        }
    }
}
