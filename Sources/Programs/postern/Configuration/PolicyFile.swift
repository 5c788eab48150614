import Foundation
import Verdicts
import Yams

/// Reads a policy from its YAML form.
enum PolicyFile {
    /// - Throws: `SettingsTree.Fault` naming the key and what is wrong with it.
    static func read(_ yaml: String, origin: String) throws -> Policy {
        let tree = try SettingsTree(yaml: yaml, origin: origin, environment: [:])
        let name = try tree.text("name") ?? "default"
        let thresholds = Thresholds(tag: try score(tree, "thresholds.tag"), quarantine: try score(tree, "thresholds.quarantine"), reject: try score(tree, "thresholds.reject"), greylist: try score(tree, "thresholds.greylist"))
        let steps = [thresholds.tag, thresholds.quarantine, thresholds.reject].compactMap { $0 }
        guard steps == steps.sorted() else { throw tree.fault("thresholds", "do not rise from tag over quarantine to reject") }
        if let greylist = thresholds.greylist, let end = thresholds.quarantine ?? thresholds.reject, greylist >= end { throw tree.fault("thresholds.greylist", "is not below quarantine and reject") }
        let whenUnknown = try tree.oneOf("when_unknown", UnknownPolicy.self) ?? .decisive
        var rules: [String: Rule] = [:]
        guard let table = tree.node("rules")?.mapping else { throw tree.fault("rules", "is missing: a map of codes and weights") }
        for (code, row) in table {
            guard let code = code.string, isCode(code) else { throw tree.fault("rules", "has a key that is no code, such as spf.fail or spf.*: \(code.string ?? "?")") }
            rules[code] = try rule(row, code, tree)
        }
        // They come last: nothing is kept any more then, and a score would be another one than that by which it was counted.
        for (code, rule) in rules where code.hasPrefix("limit.") {
            guard rule.weight == 0 else { throw tree.fault("rules.\(code)", "has a weight: a limit on sending puts off or refuses, and adds to no score") }
            if code == "limit.held" {
                guard rule.action == .hold, !rule.dryRun else { throw tree.fault("rules.\(code)", "is not {action: hold}: what a limit does with the excess is said where the limit is, and `dry_run` of limit.exceeded lets all go") }
                continue
            }
            guard [nil, .defer, .reject].contains(rule.action), rule.action == nil || code != "limit.near" else { throw tree.fault("rules.\(code)", code == "limit.near" ? "has an action, and only tells something" : "has an action that is neither defer nor reject") }
        }
        for (code, rule) in rules where code.hasPrefix("sender.") {
            guard rule.weight == 0 else { throw tree.fault("rules.\(code)", "has a weight: whether a sender is restrained adds to no score") }
            guard [nil, .defer, .reject].contains(rule.action), rule.action == nil || code != "sender.throttled" else { throw tree.fault("rules.\(code)", code == "sender.throttled" ? "has an action, and only tells something: what is too much is limit.exceeded" : "has an action that is neither defer nor reject") }
        }
        // A policy that was written before there were limits and restraints does not switch them off.
        if rules["sender.frozen"]?.action == nil { rules["sender.frozen"] = Rule(action: .defer) }
        for (code, action) in [("limit.exceeded", Action.defer), ("limit.too_large", .reject), ("limit.held", .hold)] where rules[code] == nil && (rules["limit.*"] == nil || code == "limit.held") { rules[code] = Rule(action: action) }
        var texts: [String: String] = [:]
        for (code, text) in tree.node("texts")?.mapping ?? [:] {
            guard let code = code.string, let text = text.string, text.utf8.count <= 300, text.utf8.allSatisfy({ $0 >= 32 && $0 < 127 && $0 != 34 && $0 != 92 }) else {
                throw tree.fault("texts", "needs at most 300 printable ASCII characters without quotes and backslashes for each code (line \(code.mark?.line ?? 0))")
            }
            texts[code] = text
        }
        if let unknown = tree.unknown(except: ["rules", "texts"]) { throw unknown }
        let policy = Policy(name: name, thresholds: thresholds, rules: rules, whenUnknown: whenUnknown, texts: texts)
        for code in Policy.greylistCodes where thresholds.greylist != nil && policy.rule(for: code).action != .defer {
            throw tree.fault("thresholds.greylist", "has no effect without the row \(code): {action: defer}, or {action: defer, dry_run: true} to see what it would do")
        }
        for code in ["greylist.passed", "greylist.known"] where thresholds.greylist != nil {
            if let action = policy.rule(for: code).action, action != .accept { throw tree.fault("rules.\(code)", "has the action \(action.rawValue): whoever came again would never pass. Give it a row of its own, such as \(code): 0") }
        }
        return policy
    }

    /// Codes of findings that speak of parts, which can be replaced.
    private static let neutralised = ["malware.infected", "malware.suspicious", "malware.macros", "malware.encrypted", "malware.limits_exceeded", "attachment.banned", "attachment.executable",
                                      "attachment.script", "attachment.disguised", "attachment.nested_archive", "attachment.encrypted"]

    private static func score(_ tree: SettingsTree, _ key: String) throws -> Double? {
        guard let text = try tree.text(key) else { return nil }
        guard let value = Double(text), value > 0, value <= 1000 else { throw tree.fault(key, "is not a score from 0 to 1000: \(text)") }
        return value
    }

    private static func isCode(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 100 && text.utf8.allSatisfy { ($0 >= 97 && $0 <= 122) || ($0 >= 48 && $0 <= 57) || [46, 95, 45, 42].contains($0) }
            && (!text.contains("*") || (text.hasSuffix(".*") && text.dropLast().allSatisfy { $0 != "*" }))
    }

    private static func rule(_ row: Node, _ code: String, _ tree: SettingsTree) throws -> Rule {
        func weight(_ text: String?) throws -> Double {
            guard let text, let value = Double(text), value.isFinite, abs(value) <= 1000 else { throw tree.fault("rules.\(code)", "has a weight that is no number from -1000 to 1000: \(text ?? "?")") }
            return value
        }
        if row.scalar != nil { return Rule(weight: try weight(row.string)) }
        guard let members = row.mapping else { throw tree.fault("rules.\(code)", "is neither a weight nor a map with weight, action, dry_run") }
        var rule = Rule()
        for (name, value) in members {
            switch name.string {
            case "weight": rule.weight = try weight(value.string)
            case "dry_run":
                guard let flag = value.bool else { throw tree.fault("rules.\(code)", "has a dry_run that is neither true nor false") }
                rule.dryRun = flag
            case "action":
                guard let action = value.string.flatMap(Action.init(rawValue:)) else { throw tree.fault("rules.\(code)", "has an action that is none of \(Action.allCases.map(\.rawValue).joined(separator: ", "))") }
                if action == .neutralise, !neutralised.contains(code) { throw tree.fault("rules.\(code)", "has the action neutralise, which is for codes only that parts are known for: \(neutralised.joined(separator: ", "))") }
                if action == .hold, code != "limit.held" { throw tree.fault("rules.\(code)", "has the action hold, which is for limit.held only: nothing else knows when a message may go") }
                rule.action = action
            default: throw tree.fault("rules.\(code)", "has a member that is none of weight, action, dry_run: \(name.string ?? "?")")
            }
        }
        return rule
    }
}
