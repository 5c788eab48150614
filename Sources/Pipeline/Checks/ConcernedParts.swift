internal import Mail
internal import Malware
internal import Verdicts

/// The parts of a message that are to be replaced: those that malware was found in, and those that a finding speaks of to which policy gives the action `neutralise`.
struct ConcernedParts {
    /// By their places in the message; what was found in each.
    private(set) var found: [Int: [String]] = [:]
    /// Whether something was found that is in none of the parts that are known.
    private(set) var hasMore = false

    /// What was found in one part and is told of it.
    private static let most = 5

    init(_ message: Message, _ scanned: MalwareChecker.Scanned?, _ files: FileEvidence?, _ policy: Policy) {
        for find in scanned?.finds ?? [] {
            guard let code = find.code, Self.isRemoved(code, policy) else { continue }
            if let place = find.place, message.parts.indices.contains(place) { add(find.name, at: place) } else { hasMore = true }
        }
        guard let files else { return }
        let places = Dictionary(message.parts.map { ($0.path, $0.index) }, uniquingKeysWith: { first, _ in first })
        for file in files.files {
            for reason in file.reasons where Self.isRemoved(reason.code, policy) {
                let words = ([reason.rawValue.replacing("_", with: " ")] + (reason == .banned ? file.details : [])).joined(separator: ", ")
                if let place = file.part.flatMap({ places[$0] }) { add(words, at: place) } else { hasMore = true }
            }
        }
        if files.leftOut + files.unknown > 0, FileEvidence.Reason.allCases.contains(where: { Self.isRemoved($0.code, policy) }) { hasMore = true }
    }

    private mutating func add(_ name: String, at place: Int) {
        var names = found[place] ?? []
        if !names.contains(name), names.count < Self.most { names.append(name) }
        found[place] = names
    }

    /// Whether what has this code does not stay in a message that is made harmless.
    static func isRemoved(_ code: String, _ policy: Policy) -> Bool {
        if code == MalwareEvidence.Find.infectedCode { return true }
        let rule = policy.rule(for: code)
        return rule.action == .neutralise && !rule.dryRun
    }

    /// What to try, the least first: the parts; the parts with what is between them; the whole body.
    func attempts(_ message: Message) -> [Neutralisation] {
        let parts = found.keys.sorted().map { place in
            Neutralisation.Part(path: message.parts[place].path, place: place, fileName: message.parts[place].fileName.map { String($0.prefix(255)) }, found: found[place] ?? [])
        }
        let names = parts.flatMap(\.found).withoutRepetition
        let all = Neutralisation(parts: [.init(path: message.root.path, place: 0, fileName: message.root.fileName.map { String($0.prefix(255)) }, found: Array(names.prefix(Self.most)))], dropsStrayText: false)
        if parts.isEmpty || parts.first?.place == 0 { return [all] }
        return [Neutralisation(parts: parts, dropsStrayText: false), Neutralisation(parts: parts, dropsStrayText: true), all]
    }
}
