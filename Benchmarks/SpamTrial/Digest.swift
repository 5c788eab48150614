import Foundation
import Mail
import SpamFilter

/// Features and opinions of the messages of a plan, bit by bit: what makes them faster must change neither, for features are kept and models are shipped.
enum Digest {
    /// Writes a line `path<TAB>features<TAB>opinion` for each message, the opinion of a model that has learned half of those before it.
    static func run(_ plan: Plan, out: String) throws {
        let model = SpamModel(), reader = FeatureReader()
        var lines = "", whole: UInt64 = start
        for (place, line) in plan.lines.enumerated() {
            let message = Message(octets: try plan.octets(line)), features = reader.features(of: message), opinion = model.judge(features)
            var found = start, judged = start
            for number in features.hashes { add(UInt64(number), &found) }
            for end in features.ends { add(UInt64(end), &found) }
            for number in opinion.views + [opinion.bayes, opinion.known, opinion.knownText] { add(number.bitPattern, &judged) }
            add(found ^ judged &* 3, &whole)
            lines += "\(line.path)\t\(String(found, radix: 16))\t\(String(judged, radix: 16))\n"
            if place.isMultiple(of: 2) { _ = model.learn(features, isSpam: line.isSpam) }
        }
        try lines.write(toFile: out, atomically: true, encoding: .utf8)
        print("\(plan.lines.count) messages: \(String(whole, radix: 16))")
    }

    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    private static func add(_ number: UInt64, _ hash: inout UInt64) { hash = ((hash ^ number) &* 0x100_0000_01b3).byteSwapped &* 0x9e37_79b9_7f4a_7c15 }
}
