import Cryptography
import DNS
import DKIM
import Testing

/// Every event in every state, by a table.
@Suite struct KeyStepTests {
    static let schedule = { var schedule = KeySchedule(); schedule.settle = 100; schedule.overlap = 1000; schedule.confirm = 10; return schedule }()

    struct Row: CustomTestStringConvertible, Sendable {
        let from: KeyState, event: KeyEvent, at: Int, to: KeyState
        var fault: Int? = nil
        /// Since when the key is seen to be wrong before.
        var was: Int? = nil
        var testDescription: String { "\(from) \(event) at \(at)" }
    }

    /// A key in a state, which it reached at 1000; made at 0.
    static func key(_ state: KeyState, faultSince: Int? = nil, kind: KeyKind = .rsa, selector: String = "s1", createdAt: Int = 0) -> SigningKey {
        var key = SigningKey(tenant: "t", domain: DomainName(trusted: "example.org"), selector: DomainName(trusted: selector), kind: kind, bits: 2048, publicKey: [1, 2, 3],
                             isImported: false, createdAt: createdAt, createdBy: "test")
        key.state = state
        key.faultSince = faultSince
        switch state {
        case .pending: break
        case .published: key.publishedAt = 1000
        case .active: key.publishedAt = 500; key.activatedAt = 1000
        case .retiring: key.publishedAt = 500; key.activatedAt = 600; key.retiringAt = 1000
        case .retired: key.retiredAt = 1000
        }
        return key
    }

    static let other = RecordSighting.other("p= has another key"), trouble = RecordSighting.trouble("no answer by the deadline")

    static let rows: [Row] = [
        Row(from: .pending, event: .sighted(.matches), at: 2000, to: .published),
        Row(from: .pending, event: .sighted(.missing), at: 2000, to: .pending),
        Row(from: .pending, event: .sighted(other), at: 2000, to: .pending),
        Row(from: .pending, event: .sighted(trouble), at: 2000, to: .pending),
        Row(from: .pending, event: .superseded, at: 2000, to: .retired),
        Row(from: .pending, event: .waited(isNeeded: false), at: 1_000_000, to: .pending),
        Row(from: .pending, event: .waited(isNeeded: true), at: 1_000_000, to: .pending),
        Row(from: .pending, event: .withdrawn, at: 2000, to: .retired),
        Row(from: .published, event: .sighted(.matches), at: 1099, to: .published),
        Row(from: .published, event: .sighted(.matches), at: 1100, to: .active),
        Row(from: .published, event: .sighted(.missing), at: 1100, to: .pending),
        Row(from: .published, event: .sighted(other), at: 1100, to: .pending),
        Row(from: .published, event: .sighted(trouble), at: 1100, to: .published),
        Row(from: .published, event: .superseded, at: 1100, to: .retiring),
        Row(from: .published, event: .waited(isNeeded: false), at: 1_000_000, to: .published),
        Row(from: .published, event: .waited(isNeeded: true), at: 1_000_000, to: .published),
        Row(from: .published, event: .withdrawn, at: 1100, to: .retired),
        Row(from: .active, event: .sighted(.matches), at: 2000, to: .active),
        Row(from: .active, event: .sighted(.matches), at: 2000, to: .active, was: 1500),
        Row(from: .active, event: .sighted(.missing), at: 2000, to: .active, fault: 2000),
        Row(from: .active, event: .sighted(other), at: 2000, to: .active, fault: 2000),
        Row(from: .active, event: .sighted(other), at: 2000, to: .active, fault: 1500, was: 1500),
        Row(from: .active, event: .sighted(trouble), at: 2000, to: .active),
        Row(from: .active, event: .sighted(trouble), at: 2000, to: .active, fault: 1500, was: 1500),
        Row(from: .active, event: .superseded, at: 2000, to: .retiring),
        Row(from: .active, event: .waited(isNeeded: false), at: 1_000_000, to: .active),
        Row(from: .active, event: .waited(isNeeded: true), at: 1_000_000, to: .active),
        Row(from: .active, event: .withdrawn, at: 2000, to: .retired, was: 1500),
        Row(from: .retiring, event: .sighted(.matches), at: 1500, to: .retiring, was: 1200),
        Row(from: .retiring, event: .sighted(.missing), at: 1500, to: .retiring, fault: 1500),
        Row(from: .retiring, event: .sighted(other), at: 3000, to: .retiring, fault: 3000),
        Row(from: .retiring, event: .sighted(trouble), at: 1500, to: .retiring),
        Row(from: .retiring, event: .superseded, at: 1500, to: .retiring),
        Row(from: .retiring, event: .waited(isNeeded: false), at: 1999, to: .retiring),
        Row(from: .retiring, event: .waited(isNeeded: false), at: 2000, to: .retired),
        Row(from: .retiring, event: .waited(isNeeded: true), at: 1_000_000, to: .retiring),
        Row(from: .retiring, event: .withdrawn, at: 1500, to: .retired),
    ] + [KeyEvent.sighted(.matches), .sighted(.missing), .sighted(other), .sighted(trouble), .superseded, .waited(isNeeded: false), .waited(isNeeded: true), .withdrawn]
        .map { Row(from: .retired, event: $0, at: 1_000_000, to: .retired) }

    @Test(arguments: rows) func step(_ row: Row) {
        let before = Self.key(row.from, faultSince: row.was), after = before.after(row.event, at: row.at, schedule: Self.schedule)
        #expect(after.state == row.to)
        #expect(after.faultSince == row.fault)
        if row.from == .retired { #expect(after == before); return }
        if case .sighted(let sighting) = row.event { #expect(after.check == .init(at: row.at, sighting: sighting)) } else { #expect(after.check == before.check) }
        #expect((after.nextCheckAt == nil) == (after.state == .retired))
        if let next = after.nextCheckAt { #expect(next > row.at && next <= row.at + 3600) }
        if row.from != row.to {
            switch row.to {
            case .pending: #expect(after.publishedAt == nil)
            case .published: #expect(after.publishedAt == row.at)
            case .active: #expect(after.activatedAt == row.at)
            case .retiring: #expect(after.retiringAt == row.at)
            case .retired: #expect(after.retiredAt == row.at)
            }
        }
    }

    /// The table has every state with every event.
    @Test func theTableIsWhole() {
        let events: Set<KeyEvent> = [.sighted(.matches), .sighted(.missing), .sighted(Self.other), .sighted(Self.trouble), .superseded, .waited(isNeeded: true), .waited(isNeeded: false), .withdrawn]
        for state in KeyState.allCases { #expect(Set(Self.rows.filter { $0.from == state }.map(\.event)) == events, "\(state)") }
    }

    @Test func withoutSettlingARecordThatIsSeenSignsAtOnce() {
        var schedule = Self.schedule
        schedule.settle = 0
        let key = Self.key(.pending).after(.sighted(.matches), at: 5, schedule: schedule)
        #expect(key.state == .active && key.publishedAt == 5 && key.activatedAt == 5)
    }

    @Test func aFaultCountsWhenItIsConfirmed() {
        var key = Self.key(.active).after(.sighted(.missing), at: 2000, schedule: Self.schedule)
        #expect(!key.isBroken(Self.schedule) && key.maySign(Self.schedule) && key.nextCheckAt == 2010)
        key = key.after(.sighted(Self.trouble), at: 2009, schedule: Self.schedule)
        #expect(key.maySign(Self.schedule))
        let old = key
        key = key.after(.sighted(.missing), at: 2010, schedule: Self.schedule)
        #expect(key.isBroken(Self.schedule) && !key.maySign(Self.schedule))
        #expect(key.saysOther(than: old))
        key = key.after(.sighted(.matches), at: 2070, schedule: Self.schedule)
        #expect(key.maySign(Self.schedule) && key.faultSince == nil)
    }

    @Test func whatCouldNotBeKnownConfirmsNoFault() {
        var key = Self.key(.active).after(.sighted(.missing), at: 2000, schedule: Self.schedule)
        for at in stride(from: 2005, through: 9000, by: 5) {
            key = key.after(.sighted(Self.trouble), at: at, schedule: Self.schedule)
            #expect(!key.isBroken(Self.schedule) && key.maySign(Self.schedule) && key.faultSince == 2000, "\(at)")
        }
        #expect(key.check?.sighting == Self.trouble)
        #expect(key.after(.sighted(.matches), at: 9001, schedule: Self.schedule).faultSince == nil)
        key = key.after(.sighted(Self.other), at: 9001, schedule: Self.schedule)
        #expect(key.isBroken(Self.schedule) && !key.maySign(Self.schedule))
    }

    @Test func whatCouldNotBeKnownTakesNoFaultBack() {
        var key = Self.key(.active).after(.sighted(.missing), at: 2000, schedule: Self.schedule).after(.sighted(.missing), at: 2010, schedule: Self.schedule)
        let confirmed = key
        for at in [2011, 2070, 9000] {
            key = key.after(.sighted(Self.trouble), at: at, schedule: Self.schedule)
            #expect(key.isBroken(Self.schedule) && !key.maySign(Self.schedule) && key.check == confirmed.check, "\(at)")
            #expect(!key.saysOther(than: confirmed) && key.nextCheckAt.map { $0 > at } == true)
        }
        key = key.after(.sighted(.matches), at: 9001, schedule: Self.schedule)
        #expect(key.maySign(Self.schedule) && key.check?.sighting == .matches)
    }

    @Test func aLookThatShowsTheSameSaysNothing() {
        let key = Self.key(.active).after(.sighted(.matches), at: 2000, schedule: Self.schedule)
        #expect(!key.after(.sighted(.matches), at: 3000, schedule: Self.schedule).saysOther(than: key))
        #expect(key.after(.sighted(Self.trouble), at: 3000, schedule: Self.schedule).saysOther(than: key))
    }

    /// A record that is waited for is looked for less and less often.
    @Test(arguments: [(0, 60), (3599, 60), (3600, 600), (2 * 86_400, 3600), (1_000_000_000, 3600)])
    func patience(_ age: Int, _ pause: Int) {
        #expect(Self.key(.pending).after(.sighted(.missing), at: age, schedule: Self.schedule).nextCheckAt == age + pause)
    }

    @Test(arguments: [
        ([RecordSighting](), RecordSighting.trouble("no resolver was asked")), ([.matches, trouble], .matches), ([trouble, .matches], .matches), ([.matches, .missing], .missing),
        ([.missing, .matches, other, trouble], other), ([trouble], trouble),
    ])
    func whatSeveralResolversSee(_ sightings: [RecordSighting], _ together: RecordSighting) { #expect(RecordSighting.together(sightings) == together) }
}
