import Limiting
import RateLimits
import Yams

/// Limits on sending for those of whom nothing else is said.
struct LimitSettings: Sendable {
    var hierarchy: LimitHierarchy
    var limits: AllowanceLimits
    var replies: ReplySettings
}

extension ConfigurationReader {
    /// - Throws: `SettingsTree.Fault`.
    static func rateLimits(_ tree: SettingsTree) throws -> LimitSettings {
        var defaults = try shipped, limits = AllowanceLimits()
        for scope in LimitScope.allCases {
            let key = "rate_limits.\(scope.rawValue)"
            defaults[scope] = try limitList(tree, key) ?? defaults[scope]
        }
        limits.subjects = try tree.number("rate_limits.subjects", in: 1...100_000_000) ?? limits.subjects
        limits.definitions = try tree.number("rate_limits.definitions", in: 1...100_000_000) ?? limits.definitions
        limits.holds = try tree.number("rate_limits.holds", in: 0...10_000_000) ?? limits.holds
        limits.longestHold = try tree.milliseconds("rate_limits.hold_for", in: 1000...432_000_000) ?? limits.longestHold
        return LimitSettings(hierarchy: LimitHierarchy(defaults: defaults), limits: limits, replies: try replies(tree))
    }

    /// A list of limits, read like what is said of a subject by the API; nil where there is none.
    /// - Throws: `SettingsTree.Fault`, which names the member.
    static func limitList(_ tree: SettingsTree, _ key: String) throws -> [RateLimit]? {
        guard let node = try tree.structure(key) else { return nil }
        do {
            let document = try YAMLDecoder().decode(LimitDocument.self, from: try Yams.serialize(node: Node.mapping(Node.Mapping([(Node("limits"), node)]))))
            guard let list = document.definition.limits else { throw tree.fault(key, "is not a list") }
            try LimitDefinition.check(list, "limits")
            return list
        } catch let fault as LimitFault {
            throw tree.fault(key + fault.member.dropFirst("limits".count), fault.problem)
        } catch DecodingError.dataCorrupted(let context) where context.underlyingError is LimitFault {
            guard let fault = context.underlyingError as? LimitFault else { throw tree.fault(key, "cannot be read") }
            throw tree.fault(key + fault.member.dropFirst("limits".count), fault.problem)
        }
    }

    /// What a mailbox or a script may send where nobody says otherwise: more than people write, and less than a stolen password is worth.
    private static var shipped: [LimitScope: [RateLimit]] {
        get throws {
            let windows = ["1h", "1d"].compactMap { LimitWindow($0) }
            let limits = try zip([300, 2000], windows).map { try RateLimit(counts: .recipients, most: $0, window: $1) }
            return [.mailbox: limits, .script: limits]
        }
    }
}
