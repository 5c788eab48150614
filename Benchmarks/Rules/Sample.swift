import ContentRules
import DNS
import Foundation
import Mail

/// Messages of known kind with the rules that they met.
struct Sample {
    struct Judged {
        let path: String, collection: String, isSpam: Bool
        let codes: Set<String>

        func score(_ weights: [String: Double]) -> Double { codes.reduce(0) { $0 + (weights[$1] ?? 0) } }
    }

    private(set) var messages: [Judged] = []
    private var microseconds: [Double] = [], octets: [Int] = []

    /// Collections whose ham and spam are held against each other: mail of one time and, where there is both, of one place.
    static let collections = ["sa", "trec07p", "recent", "enron"]
    /// Spam without ham of its own, and the collection of about the same years whose ham it is held against.
    static let hamOf = ["enron": "trec07p"]
    /// Rules that mail of lists cannot meet, or meets for other reasons: the recent ham, all of it of lists, says little of them: the recent spam is held against the other ham, and what of the recent ham is met all the same.
    static let listsExempt: Set<String> = [
        "header.not_addressed", "header.message_id_own", "header.from_random", "header.sender_other", "agent.outlook_express", "agent.outlook", "agent.thunderbird", "agent.apple_mail", "agent.the_bat", "agent.two", "received.own_name",
        "subject.fake_reply", "subject.fake_forward", "subject.needless_encoding", "text.recipient", "url.foreign", "url.free_author_link", "name.host", "name.own", "name.business_free", "reply.other_site", "reply.free", "reply.other_free", "reply.recipient",
    ]

    static func collection(_ path: Substring) -> String {
        if path.hasPrefix("sa-") { return "sa" }
        if path.hasPrefix("trec07p") { return "trec07p" }
        return path.hasPrefix("hawkyvan") || path.hasPrefix("enron") ? "enron" : "recent"
    }

    /// The label, the path and the octets of each message of a manifest.
    private static func each(_ manifest: String, _ take: (Substring, Substring, [UInt8]) -> Void) throws {
        let folder = URL(fileURLWithPath: manifest).deletingLastPathComponent()
        for line in try String(contentsOfFile: manifest, encoding: .utf8).split(separator: "\n") {
            let pieces = line.split(separator: "\t")
            guard pieces.count >= 2, pieces[0] == "ham" || pieces[0] == "spam" else { continue }
            var octets = [UInt8](try Data(contentsOf: folder.appendingPathComponent(String(pieces[1]))))
            if octets.starts(with: "From ".utf8), let end = octets.firstIndex(of: 10) { octets.removeFirst(end + 1) }
            take(pieces[0], pieces[1], octets)
        }
    }

    /// Judges each message of usual size ten times.
    static func speed(manifest: String) throws {
        var means: [Double] = [], slowest = (0.0, "")
        let clock = ContinuousClock()
        try each(manifest) { _, path, octets in
            guard octets.count > 4000, octets.count < 6000 else { return }
            let subject = subject(Message(octets: octets), knowsRecipient: true)
            _ = subject.hits()
            let start = clock.now
            for _ in 0..<10 { _ = subject.hits() }
            let mean = Double(start.duration(to: clock.now).components.attoseconds) / 1e13
            means.append(mean)
            if mean > slowest.0 { slowest = (mean, String(path)) }
        }
        means.sort()
        print("\(means.count) messages: median \(Int(means[means.count / 2])), 99 of 100 below \(Int(means[means.count * 99 / 100])) microseconds; most \(Int(slowest.0)): \(slowest.1)")
    }

    init(manifest: String) throws {
        let clock = ContinuousClock()
        var messages: [Judged] = [], microseconds: [Double] = [], sizes: [Int] = []
        try Self.each(manifest) { label, path, octets in
            let message = Message(octets: octets), subject = Self.subject(message, knowsRecipient: !path.hasPrefix("phishing_pot"))
            let start = clock.now
            let hits = subject.hits()
            let taken = start.duration(to: clock.now).components.attoseconds
            microseconds.append(Double(taken) / 1e12)
            sizes.append(octets.count)
            messages.append(Judged(path: String(path), collection: Self.collection(path), isSpam: label == "spam", codes: Set(hits.map(\.code))))
        }
        (self.messages, self.microseconds, self.octets) = (messages, microseconds, sizes)
    }

    /// What the server knew that took the message last.
    /// - Parameter knowsRecipient: false where who gathered the messages put another address in its place, in texts and subjects as well.
    private static func subject(_ message: Message, knowsRecipient: Bool) -> ContentSubject {
        let nearest = message.received.first
        let recipient = message.received.prefix(2).lazy.compactMap(\.recipient).first { $0.contains("@") } ?? message.header.first("Delivered-To")?.value ?? message.header.first("X-Original-To")?.value ?? message.to.first?.address
        return ContentSubject(message: message, recipients: knowsRecipient ? recipient.map { [$0] } ?? [] : [], receivedAt: nearest?.date?.secondsSince1970 ?? message.date?.secondsSince1970 ?? 0)
    }

    private func count(_ collection: String, spam: Bool, _ isMet: (Judged) -> Bool = { _ in true }) -> Int {
        messages.reduce(0) { $0 + ($1.isSpam == spam && $1.collection == collection && isMet($1) ? 1 : 0) }
    }

    private struct Hits {
        var ham = 0, spam = 0
    }

    private func hits() -> (all: [String: Hits], byCode: [String: [String: Hits]]) {
        var all: [String: Hits] = [:], byCode: [String: [String: Hits]] = [:]
        for each in messages {
            if each.isSpam { all[each.collection, default: Hits()].spam += 1 } else { all[each.collection, default: Hits()].ham += 1 }
            for code in each.codes {
                if each.isSpam { byCode[code, default: [:]][each.collection, default: Hits()].spam += 1 } else { byCode[code, default: [:]][each.collection, default: Hits()].ham += 1 }
            }
        }
        return (all, byCode)
    }

    // MARK: - Weights

    /// Spam messages of a collection that a rule must meet to tell anything of it, and the share of a collection's ham that it may meet.
    static let leastSpam = 5, mostHam = 0.005
    /// A rule whose share of hits that are spam, at as much ham as spam, is as great in two collections earns the weight.
    static let grades: [(precision: Double, weight: Double)] = [(0.995, 3.5), (0.985, 2.5), (0.97, 1.8), (0.95, 1), (0.9, 0.4)]
    /// What says who a sender is, or only how a message was sent in its time, weighs nothing here.
    static let factsOnly = ["list.", "header.from_free", "name.none", "html.short", "html.only", "html.no_root", "url.one_link", "url.no_encryption", "subject.question", "header.from_recipient", "header.missing_to"]

    /// The weight of each rule by the second best of the collections in which it tells something.
    func earned() -> [String: Double] {
        let (all, byCode) = hits()
        var earned: [String: Double] = [:]
        for rule in ContentRule.all where !Self.factsOnly.contains(where: { rule.code.hasPrefix($0) }) {
            var precisions: [Double] = [], isTooHam = false
            for name in Self.collections {
                var of = all[name] ?? Hits(), met = byCode[rule.code]?[name] ?? Hits()
                if let other = Self.hamOf[name] { (of.ham, met.ham) = (all[other]?.ham ?? 0, byCode[rule.code]?[other]?.ham ?? 0) }
                if name == "recent", Self.listsExempt.contains(rule.code) || rule.code.hasPrefix("together.foreign_") || rule.code.hasPrefix("together.unlisted_") {
                    of.ham = all.filter { $0.key != name }.values.reduce(0) { $0 + $1.ham }
                    met.ham = (byCode[rule.code] ?? [:]).values.reduce(0) { $0 + $1.ham }
                }
                let ham = Double(met.ham) / Double(max(of.ham, 1)), spam = Double(met.spam) / Double(max(of.spam, 1))
                if ham > Self.mostHam { isTooHam = true }
                // One hit of ham that was not seen may yet come.
                if met.spam >= Self.leastSpam { precisions.append(spam / (spam + max(ham, 0.5 / Double(max(of.ham, 1))))) }
            }
            precisions.sort(by: >)
            guard !isTooHam, precisions.count >= 2, let grade = Self.grades.first(where: { precisions[1] >= $0.precision }) else { earned[rule.code] = 0; continue }
            earned[rule.code] = grade.weight
        }
        return earned
    }

    // MARK: - Tables

    static func short(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String((number * 100).rounded() / 100) }

    func printTable(_ weights: [String: Double]) {
        let (all, byCode) = hits(), names = Self.collections
        print("| code | what it means | weight |", names.map { "\($0) ham / spam" }.joined(separator: " | "), "|")
        for rule in ContentRule.all {
            let cells = names.map { name in
                let met = byCode[rule.code]?[name] ?? Hits()
                return "\(met.ham) / \(met.spam)"
            }
            print("| `\(rule.code)` | \(rule.meaning) | \(Self.short(weights[rule.code] ?? 0)) | \(cells.joined(separator: " | ")) |")
        }
        print("| all messages | | |", names.map { "\(all[$0]?.ham ?? 0) / \(all[$0]?.spam ?? 0)" }.joined(separator: " | "), "|")
        let sorted = microseconds.sorted(), middle = zip(octets, microseconds).filter { $0.0 > 4000 && $0.0 < 6000 }.map(\.1).sorted()
        print("\(ContentRule.all.count) rules; microseconds a message: median \(Int(sorted[sorted.count / 2])), mean \(Int(sorted.reduce(0, +) / Double(sorted.count))), 99 of 100 below \(Int(sorted[sorted.count * 99 / 100])), most \(Int(sorted.last ?? 0)); of 4 to 6 kB: median \(Int(middle.isEmpty ? 0 : middle[middle.count / 2]))")
    }

    func printScores(_ weights: [String: Double]) {
        for name in Self.collections {
            let ham = count(name, spam: false), spam = count(name, spam: true)
            let wrong = count(name, spam: false) { $0.score(weights) >= 6 }, right = count(name, spam: true) { $0.score(weights) >= 6 }, half = count(name, spam: true) { $0.score(weights) >= 3 }, near = count(name, spam: false) { $0.score(weights) >= 3 }
            print("\(name): of \(ham) ham \(wrong) have 6 or more, \(near) 3 or more; of \(spam) spam \(right) have 6 or more, \(half) 3 or more")
        }
    }
}
