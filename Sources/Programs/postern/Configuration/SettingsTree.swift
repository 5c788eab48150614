import Foundation
import Yams

/// The settings as they were written, by dotted key, with the environment laid over the file; remembers which were asked for.
final class SettingsTree {
    /// What is wrong with a setting, naming the key and where it stands.
    struct Fault: Error, CustomStringConvertible {
        let key: String
        let problem: String
        var description: String { "\(key): \(problem)" }
    }

    private let root: Node?
    private let environment: [String: String]
    private var known: Set<String> = []
    private let origin: String

    /// - Parameters:
    ///   - yaml: the text of the file; empty for none.
    ///   - origin: the file's name, for messages.
    ///   - environment: `POSTERN_DNS_SERVERS` stands for `dns.servers`; a list is separated by commas.
    /// - Throws: `Fault` when the text is not YAML or not a map.
    init(yaml: String, origin: String, environment: [String: String]) throws {
        self.origin = origin
        self.environment = environment
        do { root = try Yams.compose(yaml: yaml) } catch { throw Fault(key: origin, problem: YAMLFault.text(error)) }
        if let root, root.mapping == nil, root.scalar?.string.isEmpty != true { throw Fault(key: origin, problem: "is not a map of settings") }
    }

    static func environmentName(_ key: String) -> String {
        "POSTERN_" + key.uppercased().replacingOccurrences(of: ".", with: "_")
    }

    /// The node of a key; nil when the file does not have it.
    func node(_ key: String) -> Node? {
        known.insert(key)
        var at = root
        for part in key.split(separator: ".") { at = at?.mapping?[Node(String(part))] }
        return at?.null != nil ? nil : at
    }

    private func overlay(_ key: String) -> String? {
        environment[Self.environmentName(key)].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The node of a key whose value has a structure, which only the file can have.
    /// - Throws: `Fault` when the environment names it.
    func structure(_ key: String) throws -> Node? {
        let node = node(key)
        guard overlay(key) == nil else { throw Fault(key: Self.environmentName(key), problem: "has a structure and can stand in the file only") }
        return node
    }

    /// Refuses members that a row does not have: a misspelt one would be a rule that is weaker than it was meant.
    func check(_ row: Node, of key: String, members: Set<String>) throws {
        for (name, _) in row.mapping ?? [:] where !members.contains(name.string ?? "") {
            throw fault(key, "has a row with \(name.string ?? "?"), which is none of \(members.sorted().joined(separator: ", ")), line \(name.mark?.line ?? 0)")
        }
    }

    func text(_ key: String) throws -> String? {
        let node = node(key)
        if let value = overlay(key) { return value }
        guard let node else { return nil }
        guard let scalar = node.scalar else { throw fault(key, "is not a single value") }
        return scalar.string
    }

    /// A secret, which stands in the environment only: settings files are copied and shown around.
    /// - Throws: `Fault` when the file has it.
    func secret(_ key: String) throws -> String? {
        guard node(key) == nil else { throw Fault(key: key, problem: "is a secret and does not stand in the settings: give it in \(Self.environmentName(key)), or in a file of its own") }
        return overlay(key)
    }

    func list(_ key: String) throws -> [String]? {
        let node = node(key)
        if let value = overlay(key) { return value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } }
        guard let node else { return nil }
        if let scalar = node.scalar { return [scalar.string] }
        guard let sequence = node.sequence else { throw fault(key, "is not a list") }
        return try sequence.map { item in
            guard let scalar = item.scalar else { throw fault(key, "has an element that is not a single value") }
            return scalar.string
        }
    }

    func number(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(key) else { return nil }
        guard let value = Int(text), range.contains(value) else { throw fault(key, "is not a whole number from \(range.lowerBound) to \(range.upperBound): \(text)") }
        return value
    }

    func flag(_ key: String) throws -> Bool? {
        guard let text = try text(key) else { return nil }
        switch text.lowercased() {
        case "true", "yes", "on": return true
        case "false", "no", "off": return false
        default: throw fault(key, "is neither true nor false: \(text)")
        }
    }

    /// A number of octets: `52428800`, `50MiB`, `16KiB`, `1GiB`.
    func octets(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = try text(key) else { return nil }
        guard let value = Self.scaled(text, ["KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1]), range.contains(value) else {
            throw fault(key, "is not a size from \(range.lowerBound) to \(range.upperBound) octets, such as 50MiB: \(text)")
        }
        return value
    }

    /// A time in milliseconds: `8s`, `500ms`, `10m`, `90d`.
    func milliseconds(_ key: String, in range: ClosedRange<Int>) throws -> Int? {
        try text(key).map { try milliseconds(key, $0, in: range) }
    }

    private func milliseconds(_ key: String, _ text: String, in range: ClosedRange<Int>) throws -> Int {
        guard let value = Self.scaled(text, ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]), range.contains(value) else {
            throw fault(key, "is not a time from \(range.lowerBound) to \(range.upperBound) ms, such as 8s or 10m: \(text)")
        }
        return value
    }

    /// Words by name, such as `{acme: ru}`, which only the file can have.
    func words(_ key: String) throws -> [String: String] {
        guard let node = try structure(key) else { return [:] }
        guard let mapping = node.mapping else { throw fault(key, "is not a map of names and values, such as {acme: 7d}") }
        var words: [String: String] = [:]
        for (name, value) in mapping {
            guard let name = name.string, let text = value.scalar?.string else { throw fault(key, "is not a map of names and values, such as {acme: 7d}") }
            words[name] = text
        }
        return words
    }

    /// Times in milliseconds by name, such as `{acme: 7d}`, which only the file can have.
    func times(_ key: String, in range: ClosedRange<Int>) throws -> [String: Int] { try words(key).mapValues { try milliseconds(key, $0, in: range) } }

    func oneOf<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) throws -> Choice? where Choice.RawValue == String {
        guard let text = try text(key) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw fault(key, "is none of \(Choice.allCases.map(\.rawValue).joined(separator: ", ")): \(text)")
        }
        return choice
    }

    /// A fault in the value of a key.
    func fault(_ key: String, _ problem: String) -> Fault {
        if overlay(key) != nil { return Fault(key: Self.environmentName(key), problem: problem) }
        var line = ""
        if let mark = node(key)?.mark { line = " (\(origin), line \(mark.line))" }
        return Fault(key: key, problem: problem + line)
    }

    /// Finds the first setting in the file or the environment that nothing asked for.
    /// - Parameter free: keys whose content was read elsewhere.
    func unknown(except free: Set<String>) -> Fault? {
        func walk(_ node: Node, _ path: String) -> Fault? {
            guard let mapping = node.mapping, !free.contains(path) else { return nil }
            for (name, value) in mapping {
                let key = path.isEmpty ? (name.string ?? "?") : "\(path).\(name.string ?? "?")"
                if known.contains(key) || free.contains(key) { continue }
                guard known.contains(where: { $0.hasPrefix(key + ".") }), value.mapping != nil || value.null != nil else {
                    return Fault(key: key, problem: "is no setting\(Self.nearest(key, known)) (\(origin), line \(name.mark?.line ?? 0))")
                }
                if let fault = walk(value, key) { return fault }
            }
            return nil
        }
        if let root, let fault = walk(root, "") { return fault }
        let names = Set(known.map(Self.environmentName))
        for name in environment.keys.sorted() where name.hasPrefix("POSTERN_") && !names.contains(name) && !Self.otherEnvironment.contains(name) {
            return Fault(key: name, problem: "is no setting in the environment")
        }
        return nil
    }

    /// Variables that are not settings: where the shipped files are, and what tests and builds use.
    private static let otherEnvironment: Set<String> = ["POSTERN_SHARE", "POSTERN_SUITES", "POSTERN_ROOM", "POSTERN_FUZZ", "POSTERN_URL", "POSTERN_TOKEN", "POSTERN_TOKEN_FILE", "POSTERN_CONFIG", "POSTERN_SOCKET", "POSTERN_TIMEOUT"]

    private static func nearest(_ key: String, _ known: Set<String>) -> String {
        let last = key.split(separator: ".").last.map(String.init) ?? key
        let close = known.filter { other in
            let name = other.split(separator: ".").last.map(String.init) ?? other
            return name.hasPrefix(last.prefix(4)) || last.hasPrefix(name.prefix(4))
        }.sorted()
        return close.first.map { "; there is \($0)" } ?? ""
    }

    private static func scaled(_ text: String, _ units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count).trimmingCharacters(in: .whitespaces)
        guard let value = Int(digits), let factor = units[unit] else { return nil }
        let (product, overflow) = value.multipliedReportingOverflow(by: factor)
        return overflow ? nil : product
    }
}

extension Node {
    /// Non-nil for an empty or null value.
    fileprivate var null: NSNull? { scalar.flatMap { $0.style == .plain && ["", "~", "null"].contains($0.string) ? NSNull() : nil } }
}
