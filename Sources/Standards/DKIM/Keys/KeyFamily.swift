package import Cryptography
package import DNS

/// All keys that a tenant has for one domain, of both kinds; each kind is judged by itself.
package struct KeyFamily: Sendable, Equatable {
    /// In the order of their making.
    package private(set) var keys: [SigningKey]

    package init(_ keys: [SigningKey]) { self.keys = keys.sorted(by: Self.isOlder) }

    private static func isOlder(_ one: SigningKey, _ other: SigningKey) -> Bool { (one.createdAt, one.selector.text) < (other.createdAt, other.selector.text) }

    /// Takes in what the DNS showed, and what follows from it: keys become active, their elders give way, and those whose time is over retire.
    /// - Parameter sightings: by selector; a key that was not asked about stays as it was seen.
    package mutating func advance(_ sightings: [DomainName: RecordSighting], at now: Int, schedule: KeySchedule) {
        for place in keys.indices {
            if let sighting = sightings[keys[place].selector] { keys[place] = keys[place].after(.sighted(sighting), at: now, schedule: schedule) }
        }
        for kind in [KeyKind.rsa, .ed25519] {
            if let newest = keys.lastIndex(where: { $0.kind == kind && $0.state == .active && !$0.isBroken(schedule) }) {
                for place in keys[..<newest].indices where keys[place].kind == kind { keys[place] = keys[place].after(.superseded, at: now, schedule: schedule) }
            }
            for place in keys.indices where keys[place].kind == kind && keys[place].state == .retiring {
                let isNeeded = !keys[(place + 1)...].contains { $0.kind == kind && $0.state == .active && !$0.isBroken(schedule) }
                keys[place] = keys[place].after(.waited(isNeeded: isNeeded), at: now, schedule: schedule)
            }
        }
    }

    /// Takes a key out of use at once.
    /// - Returns: false where there is none with that selector that is in use.
    package mutating func withdraw(_ selector: DomainName, at now: Int, schedule: KeySchedule) -> Bool {
        guard let place = keys.firstIndex(where: { $0.selector == selector && $0.state != .retired }) else { return false }
        keys[place] = keys[place].after(.withdrawn, at: now, schedule: schedule)
        return true
    }

    /// The key of a kind that signs: the youngest active one whose record is as it should be; where there is none, the youngest one
    /// that gives way and can still be verified; where there is none, the youngest published one.
    package func signer(_ kind: KeyKind, schedule: KeySchedule) -> SigningKey? {
        let able = keys.filter { $0.kind == kind && $0.maySign(schedule) }
        return able.last { $0.state == .active } ?? able.last { $0.state == .retiring } ?? (isServed(kind) ? able.last { $0.state == .published } : nil)
    }

    /// A key that has only just been published signs in the place of one that should and cannot be verified, but not as the first of all.
    private func isServed(_ kind: KeyKind) -> Bool { keys.contains { $0.kind == kind && ($0.state == .active || $0.state == .retiring) } }

    /// Active keys whose records are known to be wrong.
    package func broken(_ schedule: KeySchedule) -> [SigningKey] { keys.filter { $0.state == .active && $0.isBroken(schedule) } }

    /// What a rotation has to make: a key like the youngest of each kind that is in use, unless a successor is already on its way.
    package var successors: [(kind: KeyKind, bits: Int)] {
        [KeyKind.rsa, .ed25519].compactMap { kind in
            guard let youngest = keys.last(where: { $0.kind == kind && $0.state != .retired }), youngest.state == .active || youngest.state == .retiring else { return nil }
            return (kind, youngest.bits)
        }
    }

    /// Whether the schedule wants a rotation: a pair is renewed together, when the elder of its active keys is due.
    package func wantsRotation(at now: Int, schedule: KeySchedule) -> Bool {
        guard let every = schedule.rotateEvery, !successors.isEmpty else { return false }
        return keys.contains { key in
            key.state == .active && now >= (key.activatedAt ?? now) &+ every && successors.contains { $0.kind == key.kind }
        }
    }
}
