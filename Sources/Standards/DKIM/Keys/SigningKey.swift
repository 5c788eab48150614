package import Cryptography
package import DNS

/// A key that signs mail of a domain, without its private half.
/// Source: RFC 6376 §3.1 (selectors), §3.6.2.1 (`_domainkey`). All moments are seconds since 1970-01-01T00:00:00Z.
package struct SigningKey: Sendable, Equatable {
    /// What one look at the DNS showed.
    package struct Check: Sendable, Equatable {
        package let at: Int
        package let sighting: RecordSighting

        package init(at: Int, sighting: RecordSighting) { self.at = at; self.sighting = sighting }
    }

    /// A key belongs to a tenant, and signs that tenant's mail only.
    package let tenant: String
    package let domain: DomainName
    package let selector: DomainName
    package let kind: KeyKind
    /// Of an RSA modulus; 256 for Ed25519.
    package let bits: Int
    /// As p= has it, decoded.
    package let publicKey: [UInt8]
    /// Given by its owner, not made here.
    package let isImported: Bool
    package let createdAt: Int
    /// Who made it: the id of a token, `command line`, `schedule`.
    package let createdBy: String

    package var state = KeyState.pending
    package var publishedAt: Int?
    package var activatedAt: Int?
    package var retiringAt: Int?
    package var retiredAt: Int?
    /// The last look at its record; once a fault is confirmed, the last one that showed anything.
    package var check: Check?
    /// Since when every look that showed anything showed a fault; only of keys that sign or signed.
    package var faultSince: Int?
    /// When its record is looked for next; nil for never.
    package var nextCheckAt: Int?
    package var changedAt: Int
    package var changedBy: String
    /// Grows with every change of anything but ``check`` and ``nextCheckAt``; given by the store.
    package var revision: Int64 = 0

    package init(tenant: String, domain: DomainName, selector: DomainName, kind: KeyKind, bits: Int, publicKey: [UInt8], isImported: Bool, createdAt: Int, createdBy: String) {
        self.tenant = tenant; self.domain = domain; self.selector = selector; self.kind = kind; self.bits = bits; self.publicKey = publicKey
        self.isImported = isImported; self.createdAt = createdAt; self.createdBy = createdBy
        nextCheckAt = createdAt; changedAt = createdAt; changedBy = createdBy
    }

    /// Where its record stands; nil where the name is too long.
    package var owner: DomainName? { Self.owner(selector, domain) }

    package static func owner(_ selector: DomainName, _ domain: DomainName) -> DomainName? { DomainName("\(selector.text)._domainkey.\(domain.text)") }

    /// Whether two looks as far apart as the schedule wants showed a fault, and none in between that all was well. A look that could not know is neither.
    package func isBroken(_ schedule: KeySchedule) -> Bool {
        guard let faultSince, let check, check.sighting.isFault else { return false }
        return check.at >= faultSince &+ schedule.confirm
    }

    /// Whether signatures of this key can be trusted to verify.
    package func maySign(_ schedule: KeySchedule) -> Bool {
        switch state {
        case .pending, .retired: false
        case .published, .active, .retiring: !isBroken(schedule)
        }
    }

    /// Whether it is another key to who signs, lists keys or counts them: more than the moment of a look has changed, or a look confirms a fault.
    package func saysOther(than old: SigningKey) -> Bool {
        if faultSince != nil, check != old.check { return true }
        var one = self, other = old
        if one.check?.sighting == other.check?.sighting { one.check = nil; other.check = nil }
        one.nextCheckAt = nil; other.nextCheckAt = nil
        return one != other
    }
}
