internal import BlockLists
internal import DNS
internal import Malware
package import Verdicts

/// The class of a message as evidence tells it that has nothing to do with the spam filter.
///
/// What the filter itself says of the message is not looked at: it would learn its own mistakes.
package enum ClassByEvidence {
    /// Operators of blocklists that have to agree.
    private static let operators = 2

    /// - Returns: true for spam, where malware was found or blocklists of two operators agree; false for ham, where the client is on a list of those to trust, the author's domain
    ///   stands behind the message and nothing whatever speaks against it; nil where the evidence does not say, or contradicts itself.
    package static func isSpam(_ evidence: Evidence) -> Bool? {
        let listings = evidence.blockLists?.listings ?? [], blocking = Set(listings.filter { $0.effect == .block }.map { site($0.zone) })
        let isSpam = evidence.malware?.result == .infected || blocking.count >= operators
        let isTrusted = listings.contains { $0.effect == .allow && $0.kind == .client } && evidence.author?.standing == .aligned
        if isSpam { return isTrusted ? nil : true }
        guard isTrusted, blocking.isEmpty, evidence.blockLists?.unknown.isEmpty == true, evidence.blockLists?.local.isEmpty == true, evidence.malware.map({ $0.result == .clean }) ?? true else { return nil }
        return false
    }

    /// What whoever runs a zone registered.
    private static func site(_ zone: String) -> String {
        let octets = Array(zone.lowercased().utf8)[...]
        return String(decoding: octets[RegistrableName.start(in: octets)...], as: UTF8.self)
    }

    /// Whether a layer may learn one more of a class by itself: there are few, or not more than three times as many as of the other.
    package static func isBalanced(adding isSpam: Bool, spam: Int, ham: Int) -> Bool {
        let own = isSpam ? spam : ham, other = isSpam ? ham : spam
        return own < LayerMixture.fewest || own < other.multipliedReportingOverflow(by: 3).partialValue
    }
}
