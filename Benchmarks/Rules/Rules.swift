import ContentRules
import DNS
import Foundation
import Letters
import Mail

/// What the content rules meet in mail that is known to be ham or spam, what that makes of their weights, and how long they take.
///
///     Rules table MANIFEST [POLICY]     hits by rule and collection; with a policy also what its weights make of them
///     Rules weights MANIFEST            the weight that each rule earns, as rows of a policy
///     Rules scores MANIFEST POLICY      label, path, score and codes of each message
///     Rules speed MANIFEST              microseconds a message of 4 to 6 kB, each judged ten times
///     Rules letters                     megabytes a second of folding
///
/// A manifest has lines of `label<TAB>path`, `ham` or `spam`, the paths beside it; the first folder of a path is the collection's.
@main struct Rules {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("letters", _): LettersPart.run()
        case ("speed", 2): try Sample.speed(manifest: arguments[1])
        case ("table", 2...3):
            let sample = try Sample(manifest: arguments[1])
            sample.printTable(try arguments.count > 2 ? weights(arguments[2]) : sample.earned())
            if arguments.count > 2 { sample.printScores(try weights(arguments[2])) }
        case ("weights", 2):
            let sample = try Sample(manifest: arguments[1]), earned = sample.earned()
            for rule in ContentRule.all { print("  \(rule.code): \(Sample.short(earned[rule.code] ?? 0))") }
            sample.printScores(earned)
        case ("scores", 3):
            let sample = try Sample(manifest: arguments[1]), weights = try weights(arguments[2])
            for each in sample.messages { print(each.isSpam ? "spam" : "ham", each.path, Sample.short(each.score(weights)), each.codes.sorted().joined(separator: ","), separator: "\t") }
        default:
            print("usage: Rules table MANIFEST [POLICY] | Rules weights MANIFEST | Rules scores MANIFEST POLICY | Rules speed MANIFEST | Rules letters")
            exit(64)
        }
    }

    /// The weights of a policy file, as far as they are numbers in a row of their own or in braces.
    private static func weights(_ path: String) throws -> [String: Double] {
        var weights: [String: Double] = [:]
        for line in try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n") where line.hasPrefix("  ") {
            let pieces = line.split(separator: ":", maxSplits: 1)
            guard pieces.count == 2 else { continue }
            var value = pieces[1].prefix { $0 != "#" }
            if let start = value.firstRange(of: "weight:") { value = value[start.upperBound...].prefix { $0 != "," && $0 != "}" } }
            weights[pieces[0].trimmingCharacters(in: .whitespaces)] = Double(value.trimmingCharacters(in: .whitespaces))
        }
        return weights
    }
}

enum LettersPart {
    static func run() {
        let rows = [("ASCII", "Hello World, this is Plain text. "), ("Russian", "Привет, это обычный русский текст. "), ("French", "Voilà un texte très ordinaire où les élèves déjà. "), ("Japanese", "日本語のテキスト"), ("disguised", "pаypаl V\u{200b}iagra 𝐅𝐫𝐞𝐞 ")]
        let clock = ContinuousClock()
        let begin = clock.now
        _ = FoldedText("é")
        print("tables made in \(begin.duration(to: clock.now))")
        for (name, piece) in rows {
            let text = Array(String(repeating: piece, count: 4_000_000 / piece.utf8.count).utf8)
            let start = clock.now
            var octets = 0
            for _ in 0..<5 { octets += FoldedText(text).octets.count }
            let (seconds, rest) = start.duration(to: clock.now).components
            let taken: Double = Double(seconds) + Double(rest) / 1e18, speed: Double = Double(text.count) * 5 / taken / 1e6
            print("\(name): \(Int(speed)) MB/s, \(octets) octets")
        }
    }
}
