import Foundation

/// What is learned and judged, in order.
struct Plan {
    struct Line {
        let operation: String, label: String, path: String

        var isJudged: Bool { operation != "L" }
        var isLearned: Bool { operation != "J" }
        var isSpam: Bool { label == "spam" }
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    let lines: [Line]
    private let messages: String

    init(messages: String, plan: String) throws {
        guard let octets = FileManager.default.contents(atPath: plan) else { throw Failure(description: "the plan \(plan) cannot be read") }
        self.messages = messages
        lines = String(decoding: octets, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t").map(String.init)
            return parts.count == 3 ? Line(operation: parts[0], label: parts[1], path: parts[2]) : nil
        }
        if lines.isEmpty { throw Failure(description: "the plan \(plan) has no line") }
    }

    func octets(_ line: Line) throws -> [UInt8] {
        guard let octets = FileManager.default.contents(atPath: messages + "/" + line.path) else { throw Failure(description: "the message \(messages)/\(line.path), which the plan names, cannot be read") }
        return [UInt8](octets)
    }
}
