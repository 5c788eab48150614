import Limiting
import RateLimits
import Testing
import Verdicts
import Watching

@Suite struct WatchRulesTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let hour = LimitWindow("1h"), day = LimitWindow("1d")

    private static func rules() throws -> WatchRules {
        let hour = try #require(hour), day = try #require(day)
        return WatchRules(thresholds: [
            .newRecipients: .init(share: 80, least: 10, window: hour, weight: 1), .newNetworks: .init(share: nil, least: 3, window: hour, weight: 1),
            .bounces: .init(share: 25, least: 5, window: day, weight: 2), .spam: .init(share: 50, least: 4, window: hour, weight: 2), .malware: .init(share: nil, least: 1, window: day, weight: 0),
        ])
    }

    private static func counts(_ pairs: (WritableKeyPath<SenderCounts, Int>, Int)...) -> SenderCounts {
        var counts = SenderCounts()
        for (path, number) in pairs { counts[keyPath: path] = number }
        return counts
    }

    @Test(arguments: [
        ("nothing", counts(), true, []),
        ("enough, and a large enough share", counts((\.recipients, 12), (\.newRecipients, 10)), true, ["new_recipients"]),
        ("one less", counts((\.recipients, 11), (\.newRecipients, 9)), true, []),
        ("a share that is too small", counts((\.recipients, 13), (\.newRecipients, 10)), true, []),
        ("while it is not known what is usual", counts((\.recipients, 12), (\.newRecipients, 10), (\.newNetworks, 9)), false, []),
        ("what comes back for what was sent before", counts((\.recipients, 0), (\.bounces, 5)), false, ["bounces"]),
        ("beside messages, not recipients", counts((\.messages, 8), (\.recipients, 1), (\.spam, 4)), false, ["spam"]),
        ("what is not looked at", counts((\.messages, 8), (\.malware, 8)), true, []),
        ("several", counts((\.recipients, 10), (\.newRecipients, 10), (\.newNetworks, 3)), true, ["new_recipients", "new_networks"]),
    ] as [(String, SenderCounts, Bool, [String])]) func whatIsTooOften(name: String, counts: SenderCounts, knows: Bool, met: [String]) throws {
        let rules = try Self.rules(), measures = rules.measures([try #require(Self.hour): counts, try #require(Self.day): counts], knowsHabits: knows)
        #expect(measures.filter(\.isMet).map(\.signal) == met, "\(name)")
        #expect(measures.map(\.signal) == ["new_recipients", "new_networks", "spam", "bounces"])
    }

    private static func measure(_ weight: Int) -> SignalMeasure { SignalMeasure(signal: "spam", count: 9, of: 10, per: "1h", isMet: true, weight: weight) }
    private static func standing(_ state: Restraint.State, _ origin: Restraint.Origin = .signals, since: Int = -3600, until: Int? = nil, trusted: Int? = nil, throttled: Int? = nil) throws -> Restraint {
        Restraint(of: TenantSubject(tenant: "t", try LimitSubject(.mailbox, "anna@example.org")), state, origin, since: now.adding(seconds: since), until: until.map { now.adding(seconds: $0) },
                  trustedUntil: trusted.map { now.adding(seconds: $0) }, throttledAt: throttled.map { now.adding(seconds: $0) }, changedAt: now.adding(seconds: since))
    }

    @Test(arguments: [
        ("too little", 1, nil, nil),
        ("throttled first", 2, nil, .throttled),
        ("frozen at once", 4, nil, .frozen),
        ("frozen where it goes on", 2, try standing(.throttled, until: 3600, throttled: -3600), .frozen),
        ("frozen where it comes again soon", 3, try standing(.throttled, until: -60, throttled: -86_400), .frozen),
        ("throttled where that was long ago", 3, try standing(.throttled, until: -60, throttled: -8 * 86_400), .throttled),
        ("who is frozen is frozen", 9, try standing(.frozen), nil),
        ("whose time is over", 2, try standing(.frozen, .hand, until: -1), .throttled),
        ("trusted", 9, try standing(.lifted, .hand, trusted: 60), nil),
        ("trusted no more", 2, try standing(.lifted, .hand, trusted: -60), .throttled),
        ("throttled by hand", 2, try standing(.throttled, .hand), .frozen),
    ] as [(String, Int, Restraint?, Restraint.State?)]) func whatFollows(name: String, weight: Int, standing: Restraint?, state: Restraint.State?) throws {
        let subject = TenantSubject(tenant: "t", try LimitSubject(.mailbox, "anna@example.org")), change = try Self.rules().change([Self.measure(weight)], of: subject, standing: standing, now: Self.now)
        #expect(change?.state == state, "\(name)")
        if let change {
            #expect(change.origin == .signals && change.reason == "spam: 9 of 10 per 1h" && change.signals.count == 1)
            #expect((change.until == nil) == (state == .frozen))
        }
    }
}
