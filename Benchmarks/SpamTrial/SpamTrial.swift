import Foundation
import Mail
import SpamFilter

/// Runs a plan of learning and judging, as every filter of the trial does.
///
///     SpamTrial postern MESSAGES PLAN OUT     the spam filter of Postern; postern-BITS with a table of two to the power of so many buckets, as layers of tenants have
///     SpamTrial reference MESSAGES PLAN OUT   logistic regression over octets, the plainest strong method
///     SpamTrial speed MESSAGES PLAN           how long a message takes
///     SpamTrial digest MESSAGES PLAN OUT      features and opinions, bit by bit, to compare two builds
///
/// A line of the plan is `op<TAB>label<TAB>path`: L learns, J judges, B judges and then learns. For each judgement OUT has a line
/// `label<TAB>path<TAB>score` and what the score was made of.
@main struct SpamTrial {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do { try run(arguments) } catch {
            FileHandle.standardError.write(Data("SpamTrial: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ arguments: [String]) throws {
        if arguments.count == 3, arguments[0] == "speed" { return try Speed.run(Plan(messages: arguments[1], plan: arguments[2])) }
        if arguments.count == 4, arguments[0] == "digest" { return try Digest.run(Plan(messages: arguments[1], plan: arguments[2]), out: arguments[3]) }
        guard arguments.count == 4, let trial = Trial(arguments[0]) else {
            print("usage: SpamTrial postern[-BITS]|reference|digest MESSAGES PLAN OUT | SpamTrial speed MESSAGES PLAN")
            exit(64)
        }
        var lines = "", judging = Duration.zero, learning = Duration.zero, judged = 0, learned = 0
        let clock = ContinuousClock()
        let plan = try Plan(messages: arguments[1], plan: arguments[2])
        for line in plan.lines {
            let prepared = trial.prepare(try plan.octets(line))
            if line.isJudged { trial.rest() }
            if line.isJudged {
                let start = clock.now
                let scores = trial.judge(prepared)
                judging += start.duration(to: clock.now)
                judged += 1
                lines += "\(line.label)\t\(line.path)\t" + scores.joined(separator: "\t") + "\n"
            }
            if line.isLearned {
                let start = clock.now
                trial.learn(prepared, isSpam: line.isSpam)
                learning += start.duration(to: clock.now)
                learned += 1
            }
        }
        try lines.write(toFile: arguments[3], atomically: true, encoding: .utf8)
        print("judged \(judged) in \(judging), learned \(learned) in \(learning)")
    }
}

/// One filter of the trial.
enum Trial {
    case postern(Pupil), reference(Reference)

    /// A message as the filter gets it.
    enum Prepared { case message(Message, rules: [String]), octets([UInt8]) }

    init?(_ name: String) {
        switch name {
        case _ where name.hasPrefix("postern-"):
            guard let bits = Int(name.dropFirst(8)), (10...23).contains(bits) else { return nil }
            self = .postern(Pupil(SpamModel(bits: bits)))
        case "postern": self = .postern(Pupil(SpamModel()))
        case "reference": self = .reference(Reference())
        default: return nil
        }
    }

    /// What others have done before the filter's turn: the message is parsed, and its rules are known.
    func prepare(_ octets: [UInt8]) -> Prepared {
        guard case .postern = self else { return .octets(octets) }
        let message = Message(octets: octets)
        return .message(message, rules: FeatureReader.rules(message))
    }

    func judge(_ prepared: Prepared) -> [String] {
        switch (self, prepared) {
        case (.postern(let pupil), .message(let message, let rules)):
            let opinion = pupil.model.judge(pupil.reader.features(of: message, findings: rules))
            return ([opinion.logit, opinion.bayes, opinion.known] + opinion.views + [opinion.knownText]).map { "\($0)" } + [rules.joined(separator: ",")]
        case (.reference(let reference), .octets(let octets)): return ["\(reference.judge(octets))"]
        default: return []
        }
    }

    /// What goes on where nobody teaches.
    func rest() { if case .postern(let pupil) = self { pupil.rest() } }

    func learn(_ prepared: Prepared, isSpam: Bool) {
        switch (self, prepared) {
        case (.postern(let pupil), .message(let message, let rules)): pupil.learn(message, rules, isSpam: isSpam)
        case (.reference(let reference), .octets(let octets)): reference.learn(octets, isSpam: isSpam)
        default: break
        }
    }
}
