import Foundation
import Mail
import SpamFilter

/// How long the features and the judgement of a message take, one thread, with a model that has learned the messages of a plan.
enum Speed {
    static func run(_ plan: Plan) throws {
        let model = SpamModel(), reader = FeatureReader(), clock = ContinuousClock()
        var small: [(Message, [String])] = [], large: [(Message, [String])] = [], learned: [(MessageFeatures, Bool)] = []
        for line in plan.lines {
            let message = Message(octets: try plan.octets(line))
            if learned.count < 4_000 { learned.append((reader.features(of: message), line.isSpam)) }
            if (4_500...5_500).contains(message.octets.count), small.count < 300 { small.append((message, FeatureReader.rules(message))) }
            if (35_000...45_000).contains(message.octets.count), large.count < 300 { large.append((message, FeatureReader.rules(message))) }
        }
        let begin = clock.now
        for (features, isSpam) in learned { _ = model.learn(features, isSpam: isSpam) }
        print("learning: \(Int(Double(learned.count) / seconds(begin.duration(to: clock.now)))) messages a second, features taken before")
        for (name, some) in [("5 kB", small), ("40 kB", large)] where !some.isEmpty {
            // Round after round over all of them, so that nothing of a message is at hand from before; of each message the fastest of thirty, which
            // others on the machine did not disturb.
            var reading = [Double](repeating: .infinity, count: some.count), judging = reading, count = 0, sum = 0.0
            for _ in 0..<30 {
                for (place, (message, rules)) in some.enumerated() {
                    let start = clock.now
                    let features = reader.features(of: message, findings: rules)
                    let middle = clock.now
                    sum += model.judge(features).logit
                    reading[place] = min(reading[place], seconds(start.duration(to: middle)))
                    judging[place] = min(judging[place], seconds(middle.duration(to: clock.now)))
                    count += features.hashes.count
                }
            }
            let number = Double(some.count) / 1e6
            print("\(name), \(some.count) messages, \(count / some.count / 30) features: features \(Int(reading.reduce(0, +) / number)) µs, judging \(Int(judging.reduce(0, +) / number)) µs\(sum.isNaN ? ", no number" : "")")
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        let (whole, rest) = duration.components
        return Double(whole) + Double(rest) / 1e18
    }
}
