internal import Mail

/// Hours from the moment the message came to the Date it bears.
private func hours(_ facts: SubjectFacts) -> Double? { facts.message.date.map { Double($0.secondsSince1970 - facts.subject.receivedAt) / 3600 } }

private func told(_ hours: Double) -> String { "\(Int(abs(hours))) hours \(hours > 0 ? "ahead" : "behind")" }

/// The Date field beside the moment of receipt.
let dateRules: [ContentRule] = [
    ContentRule("date.ahead", "The Date lies three hours to a day ahead of the moment of receipt.", forSubmissions: false) { facts in
        hours(facts).flatMap { $0 > 3 && $0 <= 24 ? told($0) : nil }
    },
    ContentRule("date.far_ahead", "The Date lies more than a day ahead.", forSubmissions: false) { facts in hours(facts).flatMap { $0 > 24 ? told($0) : nil } },
    ContentRule("date.behind", "The Date lies six hours to four days behind: the message waited, or its sender's clock is wrong.", forSubmissions: false) { facts in
        hours(facts).flatMap { $0 < -6 && $0 >= -96 ? told($0) : nil }
    },
    ContentRule("date.far_behind", "The Date lies more than four days behind, which is longer than servers try (RFC 5321 §4.5.4.1).", forSubmissions: false) { facts in
        hours(facts).flatMap { $0 < -96 ? told($0) : nil }
    },
    ContentRule("date.odd_zone", "The zone of the Date is one that no place on Earth has.") { facts in
        guard let offset = facts.message.date?.offsetMinutes, offset > 14 * 60 || offset < -12 * 60 || offset % 15 != 0 else { return nil }
        return "\(offset) minutes"
    },
    ContentRule("date.malformed", "The Date cannot be read (RFC 5322 §3.3).") { facts in
        facts.message.has(.malformedDate) ? facts.message.defects.first { $0.kind == .malformedDate }?.detail ?? "" : nil
    },
]
