import Cryptography
import DKIM
import DNS
import TestSupport
import Testing

/// The lives of keys beside each other.
@Suite struct KeyFamilyTests {
    let schedule = KeyStepTests.schedule

    func family(_ keys: SigningKey...) -> KeyFamily { KeyFamily(keys) }
    func name(_ text: String) -> DomainName { DomainName(trusted: text) }
    func key(_ selector: String, _ state: KeyState, at createdAt: Int = 0, kind: KeyKind = .rsa, faultSince: Int? = nil) -> SigningKey {
        KeyStepTests.key(state, faultSince: faultSince, kind: kind, selector: selector, createdAt: createdAt)
    }
    func states(_ family: KeyFamily) -> [String: KeyState] { Dictionary(uniqueKeysWithValues: family.keys.map { ($0.selector.text, $0.state) }) }

    @Test func aRotationRunsToItsEnd() {
        var keys = family(key("old", .active), key("new", .pending, at: 1500))
        keys.advance([name("old"): .matches, name("new"): .missing], at: 1600, schedule: schedule)
        #expect(states(keys) == ["old": .active, "new": .pending] && keys.signer(.rsa, schedule: schedule)?.selector.text == "old")
        keys.advance([name("new"): .matches], at: 1700, schedule: schedule)
        #expect(states(keys) == ["old": .active, "new": .published] && keys.signer(.rsa, schedule: schedule)?.selector.text == "old")
        keys.advance([name("new"): .matches], at: 1800, schedule: schedule)
        #expect(states(keys) == ["old": .retiring, "new": .active] && keys.signer(.rsa, schedule: schedule)?.selector.text == "new")
        #expect(keys.keys.first?.retiringAt == 1800)
        keys.advance([:], at: 2799, schedule: schedule)
        #expect(states(keys)["old"] == .retiring)
        keys.advance([:], at: 2800, schedule: schedule)
        #expect(states(keys) == ["old": .retired, "new": .active])
    }

    @Test func theLastSelectorThatMatchesSigns() {
        var keys = family(key("old", .retiring), key("new", .active, at: 500))
        let both: (RecordSighting) -> [DomainName: RecordSighting] = { [self.name("old"): .matches, self.name("new"): $0] }
        keys.advance(both(.other("x")), at: 1500, schedule: schedule)
        #expect(keys.signer(.rsa, schedule: schedule)?.selector.text == "new", "not yet confirmed")
        keys.advance(both(.other("x")), at: 1510, schedule: schedule)
        #expect(keys.signer(.rsa, schedule: schedule)?.selector.text == "old")
        #expect(keys.broken(schedule).map(\.selector.text) == ["new"])
        // Its time is over, and it is needed.
        keys.advance(both(.missing), at: 5000, schedule: schedule)
        #expect(states(keys)["old"] == .retiring && keys.signer(.rsa, schedule: schedule)?.selector.text == "old")
        keys.advance(both(.matches), at: 5060, schedule: schedule)
        #expect(states(keys)["old"] == .retired && keys.signer(.rsa, schedule: schedule)?.selector.text == "new")
    }

    @Test func whereNoneMatchesNoneSigns() {
        var keys = family(key("one", .active))
        for at in [1500, 1600] { keys.advance([name("one"): .missing], at: at, schedule: schedule) }
        #expect(keys.signer(.rsa, schedule: schedule) == nil && keys.broken(schedule).count == 1)
        // A successor whose record is there does not have to settle first.
        keys = KeyFamily(keys.keys + [key("two", .pending, at: 1600)])
        keys.advance([name("one"): .missing, name("two"): .matches], at: 1700, schedule: schedule)
        #expect(keys.signer(.rsa, schedule: schedule)?.selector.text == "two" && states(keys)["two"] == .published)
    }

    @Test func theFirstKeySettlesBeforeItSigns() {
        var keys = family(key("one", .pending))
        #expect(keys.signer(.rsa, schedule: schedule) == nil)
        keys.advance([name("one"): .matches], at: 10, schedule: schedule)
        #expect(keys.signer(.rsa, schedule: schedule) == nil && states(keys)["one"] == .published)
        keys.advance([name("one"): .matches], at: 110, schedule: schedule)
        #expect(keys.signer(.rsa, schedule: schedule)?.selector.text == "one")
    }

    @Test func eachKindIsJudgedByItself() {
        var keys = family(key("r1", .active), key("e1", .active, kind: .ed25519), key("r2", .published, at: 900), key("e2", .pending, at: 900, kind: .ed25519))
        keys.advance([name("r2"): .matches, name("e2"): .missing], at: 1100, schedule: schedule)
        #expect(states(keys) == ["r1": .retiring, "r2": .active, "e1": .active, "e2": .pending])
    }

    @Test func whatWasLeftBehindRetires() {
        var keys = family(key("a", .active), key("b", .pending, at: 100), key("c", .published, at: 200))
        keys.advance([name("c"): .matches], at: 1100, schedule: schedule)
        #expect(states(keys) == ["a": .retiring, "b": .retired, "c": .active])
    }

    @Test func aYoungerKeyIsNotSupersededByAnElder() {
        var keys = family(key("a", .published), key("b", .pending, at: 100))
        keys.advance([name("a"): .matches], at: 1100, schedule: schedule)
        #expect(states(keys) == ["a": .active, "b": .pending])
    }

    @Test func aKeyIsWithdrawnAtOnce() {
        var keys = family(key("a", .retiring), key("b", .active, at: 100))
        let first = keys.withdraw(name("b"), at: 2000, schedule: schedule), second = keys.withdraw(name("b"), at: 2000, schedule: schedule), third = keys.withdraw(name("c"), at: 2000, schedule: schedule)
        #expect(first && !second && !third)
        #expect(keys.signer(.rsa, schedule: schedule)?.selector.text == "a")
        keys.advance([name("a"): .matches], at: 1_000_000, schedule: schedule)
        #expect(states(keys) == ["a": .retiring, "b": .retired], "nothing signs in its place")
    }

    @Test func rotationIsDueOnce() {
        var schedule = schedule
        var keys = family(key("r1", .active), key("e1", .active, kind: .ed25519))
        #expect(!keys.wantsRotation(at: .max / 2, schedule: schedule))
        schedule.rotateEvery = 5000
        #expect(!keys.wantsRotation(at: 5999, schedule: schedule) && keys.wantsRotation(at: 6000, schedule: schedule))
        #expect(keys.successors.map(\.kind) == [.rsa, .ed25519])
        keys = KeyFamily(keys.keys + [key("r2", .pending, at: 6000), key("e2", .pending, at: 6000, kind: .ed25519)])
        #expect(!keys.wantsRotation(at: 9000, schedule: schedule) && keys.successors.isEmpty)
        #expect(family(key("r1", .retired)).successors.isEmpty && family().successors.isEmpty)
    }

    /// Whatever the DNS says in whatever order: at most one key of a kind is active, and who signs was seen in the DNS.
    @Test(arguments: 0..<50) func whateverComes(_ seed: UInt64) {
        var random = SeededGenerator(seed), keys = KeyFamily([]), now = 0, seen: Set<String> = []
        for number in 0..<300 {
            now += Int.random(in: 0...400, using: &random)
            if Int.random(in: 0..<12, using: &random) == 0 { keys = KeyFamily(keys.keys + [key("k\(number)", .pending, at: now, kind: Bool.random(using: &random) ? .rsa : .ed25519)]) }
            var sightings: [DomainName: RecordSighting] = [:]
            for key in keys.keys where key.state != .retired {
                let sighting: [RecordSighting] = [.matches, .matches, .matches, .missing, .other("x"), .trouble("x")]
                sightings[key.selector] = sighting.randomElement(using: &random)
                if sightings[key.selector] == .matches { seen.insert(key.selector.text) }
            }
            keys.advance(sightings, at: now, schedule: schedule)
            for kind in [KeyKind.rsa, .ed25519] {
                let active = keys.keys.filter { $0.kind == kind && $0.state == .active }
                #expect(active.count(where: { !$0.isBroken(schedule) }) <= 1)
                if let signer = keys.signer(kind, schedule: schedule) { #expect(signer.kind == kind && seen.contains(signer.selector.text) && signer.maySign(schedule)) }
                if let one = active.first(where: { !$0.isBroken(schedule) }) { #expect(keys.signer(kind, schedule: schedule) == one) }
            }
        }
    }
}
