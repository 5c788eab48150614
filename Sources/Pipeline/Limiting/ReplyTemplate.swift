package import RateLimits
package import Verdicts

/// What is said in one language to who sent what a limit has no room for.
package struct ReplyTemplate: Sendable, Equatable {
    /// What becomes of the message.
    private enum Case: String, CaseIterable {
        /// It may come again.
        case exceeded
        /// It is kept until it goes; when it comes again, of no limit is known that has no room for it.
        case held, heldAgain = "held_again"
        /// It would never go.
        case tooLarge = "too_large"
        /// Nothing of its sender goes.
        case frozen

        var variables: [String] {
            let ofLimit = ["scope", "subject", "used", "limit", "counts", "per", "needs"]
            return switch self { case .exceeded, .held: ofLimit + ["at"]; case .heldAgain: ["at"]; case .tooLarge: ofLimit; case .frozen: ["scope", "subject"] }
        }

        var needed: [String] { self == .tooLarge || self == .frozen ? [] : ["at"] }
    }

    private let texts: [String: TemplateText]
    private let words: ReplyWords

    /// Octets of a file, and of one of its texts.
    package static let fileOctets = 65_536, octetLimit = 1_024

    /// - Parameters:
    ///   - entries: the texts by dotted key: `exceeded`, `counts.recipients.one`, `months.12`.
    /// - Throws: `TemplateText.Fault` naming the key and what is wrong.
    package init(_ language: LanguageTag, _ entries: [String: String]) throws(TemplateText.Fault) {
        var read = ReplyEntries(entries, language: language.language), texts: [String: TemplateText] = [:]
        for each in Case.allCases { texts[each.rawValue] = try read.text(each.rawValue, each.variables, needed: each.needed, Self.octetLimit) }
        words = try ReplyWords(&read)
        self.texts = texts
        if let unknown = read.unknown { throw unknown }
    }

    /// - Returns: one line of plain text; nil where the message went, or nothing is known of it.
    package func text(for evidence: RateLimitEvidence) -> String? {
        let state = evidence.exceeded, kind: Case, at: Timestamp?
        switch evidence.result {
        // Without a moment it is more than the limit of who is throttled until somebody undoes that: in parts it goes.
        case .exceeded: (kind, at) = (state?.retryAt == nil ? .tooLarge : .exceeded, state?.retryAt)
        case .held: (kind, at) = (state == nil ? .heldAgain : .held, evidence.hold?.releaseAt)
        case .tooLarge: (kind, at) = (.tooLarge, nil)
        case .frozen: (kind, at) = (.frozen, nil)
        case .counted, .countedBefore, .unlimited, .unknown: return nil
        }
        guard let text = texts[kind.rawValue], at != nil || kind.needed.isEmpty, state != nil || kind == .heldAgain || kind == .frozen else { return nil }
        return text.text { name in
            switch name {
            case "at": at.map { words.time($0) }
            case "scope": (state?.scope ?? evidence.restraint?.scope).map { words.scope($0) }
            case "subject": state?.subject ?? evidence.restraint?.subject
            case "used": state.map { words.number($0.used) }
            case "limit": state.map { words.number($0.limit) }
            case "needs": state.map { words.number($0.needs ?? 0) }
            case "counts": state.map { words.counts($0.counts, $0.limit) }
            case "per": state.map { state in LimitWindow(state.per).map { words.per($0) } ?? state.per }
            default: nil
            }
        }
    }
}

/// The replies there are.
package struct LimitReplies: Sendable, Equatable {
    private let templates: LanguageTemplates<ReplyTemplate>

    /// - Parameters:
    ///   - templates: by language, and those of tenants that have their own by tenant and language; named as `LanguageTag` writes them.
    ///   - language: where neither a subject nor its tenant has one.
    ///   - languages: by tenant.
    /// - Throws: `TemplateText.Fault` where a language that is named has no template.
    package init(_ templates: [String: ReplyTemplate], ofTenants: [String: [String: ReplyTemplate]] = [:], language: String, languages: [String: String] = [:]) throws(TemplateText.Fault) {
        self.templates = try LanguageTemplates(templates, ofTenants: ofTenants, language: language, languages: languages, missing: "there are no replies")
    }

    /// In every language that is there for a tenant, in order.
    package func languages(of tenant: String) -> [String] { templates.languages(of: tenant) }

    /// The language in which is answered who wants another: the same, or one that is wider, such as `de` for `de-AT`.
    /// - Returns: nil where there is none.
    package func language(for wish: LanguageTag, of tenant: String) -> String? { wish.lookups.first { templates.template(in: $0, for: tenant) != nil } }

    /// What is said of a message.
    /// - Parameter wishes: languages, the first before the others; where there are replies in none of them, the tenant's is taken.
    /// - Returns: nil where there is nothing to say.
    package func message(for evidence: RateLimitEvidence, tenant: String, wishes: [LanguageTag]) -> RateLimitEvidence.Message? {
        let language = wishes.lazy.compactMap { self.language(for: $0, of: tenant) }.first ?? templates.language(of: tenant)
        return templates.template(in: language, for: tenant)?.text(for: evidence).map { RateLimitEvidence.Message(language: language, text: $0) }
    }
}
