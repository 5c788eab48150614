import DNS
import TestSupport
import Testing

/// Zone data as mail-auth's suite writes it: `type: owner data`, where a later line replaces an earlier one.
struct SPFMailAuthZone {
    private var records: [String: [String]] = [:]

    mutating func set(_ type: String, _ value: Any) {
        let words = (value as? String ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        guard words.count == 2 else { Issue.record("not a record: \(type): \(value)"); return }
        let isText = type == "spf" || type == "exp"
        records["\(type) \(words[0])"] = isText ? [words[1]] : words[1].split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    }

    func resolver() throws -> MemoryResolver {
        let resolver = MemoryResolver()
        for (key, values) in records {
            let words = key.split(separator: " ").map(String.init)
            // Names beyond the limits of the DNS stand in the suite to be refused.
            guard words[0] == "ptr" || DomainName(words[1]) != nil else { continue }
            for (place, value) in values.enumerated() {
                switch words[0] {
                case "spf", "exp": resolver.txt(words[1], value)
                case "a", "aaaa": resolver.a(words[1], value)
                case "ptr": resolver.ptr(words[1], value)
                case "mx":
                    let host = "exchange\(place).\(words[1])"
                    resolver.mx(words[1], UInt16(place), host)
                    resolver.a(host, value)
                default: Issue.record("not a type: \(key)")
                }
            }
        }
        for name in ["_dns_error.org", "_dns_error.test.org"] { resolver.fail(name, nil, .responseCode(2)) }
        return resolver
    }
}
