import DNS
import Foundation
import TestSupport
import Testing

/// The YAML suites of the SPF project, read by PyYAML: scenarios of zone data and tests.
enum SPFSuite {
    struct Scenario: Sendable {
        let description: String
        let resolver: MemoryResolver
        let tests: [Case]
    }

    struct Case: Sendable {
        let name: String, client: String, helo: String, mailFrom: String, receiver: String
        /// Any of these is right.
        let results: [String]
        /// nil when the suite does not say; "DEFAULT" for none of the domain's own.
        let explanation: String?
    }

    /// Reads one YAML file of the suites, every mapping as a list of pairs: keys may come twice.
    static func documents(_ path: String) throws -> [[(String, Any)]] {
        let folder = try #require(Suites.folder)
        let program = """
            import json, sys, yaml
            class Pairs(yaml.SafeLoader): pass
            def pairs(loader, node):
                return {"pairs": [[str(loader.construct_object(k, deep=True)), loader.construct_object(v, deep=True)] for k, v in node.value]}
            Pairs.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, pairs)
            for number in "int", "float", "bool", "timestamp", "null":
                Pairs.add_constructor("tag:yaml.org,2002:" + number, lambda loader, node: node.value)
            with open(sys.argv[1], "rb") as file:
                json.dump([d for d in yaml.load_all(file, Pairs) if d], sys.stdout)
            """
        let python = try #require(python, "the suites are there, but no python3 that can import yaml: install python3-yaml")
        let output = try run(python, ["-c", program, "\(folder)/\(path)"])
        let documents = try #require(try JSONSerialization.jsonObject(with: output) as? [Any], "PyYAML could not read \(path)")
        return documents.map(pairs)
    }

    static func pairs(_ value: Any?) -> [(String, Any)] {
        guard let pairs = (value as? [String: Any])?["pairs"] as? [[Any]] else { return [] }
        return pairs.compactMap { pair in pair.count == 2 ? (pair[0] as? String).map { ($0, pair[1]) } : nil }
    }

    /// Reads a suite in the form of openspf.org.
    static func scenarios(_ path: String) throws -> [Scenario] {
        try documents(path).map { document in
            let fields = Dictionary(document) { first, _ in first }
            let tests = pairs(fields["tests"]).map { name, value in
                let test = Dictionary(pairs(value)) { first, _ in first }
                let results = test["result"] as? [String] ?? [test["result"] as? String ?? ""]
                return Case(name: name, client: test["host"] as? String ?? "", helo: test["helo"] as? String ?? "",
                            mailFrom: test["mailfrom"] as? String ?? "", receiver: test["receiver"] as? String ?? "receiver.example",
                            results: results, explanation: test["explanation"] as? String)
            }
            let title = (fields["description"] ?? fields["comment"]) as? String ?? ""
            return Scenario(description: title, resolver: try zone(pairs(fields["zonedata"])), tests: tests)
        }
    }

    /// "SPF" stands for TXT unless the name has TXT of its own; TIMEOUT befalls the types the name has no records of.
    private static func zone(_ names: [(String, Any)]) throws -> MemoryResolver {
        let resolver = MemoryResolver()
        for (name, value) in names {
            var entries: [(type: String, value: Any)] = [], timeout = false
            for entry in value as? [Any] ?? [] {
                if entry as? String == "TIMEOUT" { timeout = true; continue }
                for (type, value) in pairs(entry) {
                    switch type {
                    case "TIMEOUT": timeout = true
                    case "CNAMELOOP": resolver.fail(name, nil, .responseCode(2))
                    default: entries.append((type, value))
                    }
                }
            }
            let hasText = entries.contains { $0.type == "TXT" }
            var types: Set<RecordType> = []
            for entry in entries where entry.type != "SPF" || !hasText {
                if let type = try add(name, entry.type == "SPF" ? "TXT" : entry.type, entry.value, to: resolver) { types.insert(type) }
            }
            if timeout { for type in RecordType.allCases where !types.contains(type) { resolver.fail(name, type) } }
        }
        return resolver
    }

    private static func add(_ name: String, _ type: String, _ value: Any, to resolver: MemoryResolver) throws -> RecordType? {
        switch type {
        case "A", "AAAA": resolver.a(name, try #require(value as? String))
        case "MX":
            let pair = try #require(value as? [String])
            resolver.mx(name, try #require(UInt16(pair[0])), pair[1])
        case "PTR", "CNAME":
            let text = try #require(value as? String)
            resolver.add(name, type == "PTR" ? .ptr : .cname, .name(try #require(DomainName(text))))
        case "TXT":
            if value as? String == "NONE" { return nil }
            let strings = try #require(value as? [String] ?? (value as? String).map { [$0] })
            // The suites write octets above 127 as the code points of the same number.
            resolver.add(name, .txt, .text(strings.flatMap { $0.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) } }))
        default: Issue.record("a type of record that the reader does not know: \(type)")
        }
        return ["A": .a, "AAAA": .aaaa, "MX": .mx, "PTR": .ptr, "CNAME": .cname, "TXT": .txt][type]
    }

    /// A python3 that has PyYAML; Debian's own is asked first.
    private static let python: String? = {
        let found = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/python3" }
        return (["/usr/bin/python3"] + found).first { path in
            FileManager.default.isExecutableFile(atPath: path) && (try? run(path, ["-c", "import yaml; print(1)"]))?.isEmpty == false
        }
    }()

    private static func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return process.terminationStatus == 0 ? data : Data()
    }
}
