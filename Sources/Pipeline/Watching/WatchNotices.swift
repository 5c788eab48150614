internal import JSON
package import Limiting
package import Notices
internal import RateLimits
internal import Verdicts

extension Restraint {
    /// What is told of it.
    /// - Parameter acts: whether it holds; else it would.
    package func notice(acts: Bool = true) -> Notice {
        let kind: Notice.Kind = switch state {
        case .lifted: .senderReleased
        case .throttled: acts ? .senderThrottled : .senderSuspect
        case .frozen: acts ? .senderFrozen : .senderSuspect
        }
        var json = JSONWriter(capacity: 1024)
        json.openObject()
        json.key("scope"); json.string(of.subject.scope.rawValue)
        json.key("subject"); json.string(of.subject.name)
        writeMembers(to: &json)
        if state != .lifted, acts {
            // Undone by one call.
            json.key("undo")
            json.openObject()
            json.key("method"); json.string("DELETE")
            json.key("path"); json.string("/v1/restraints/\(of.subject.scope.rawValue)/\(Self.encoded(of.subject.name))?tenant=\(Self.encoded(of.tenant))")
            json.closeObject()
        }
        json.closeObject()
        return Notice(tenant: of.tenant, kind: kind, subject: of.subject.description, at: changedAt, details: json.octets)
    }

    /// Percent-encoded but for what is unreserved. Source: RFC 3986 §2.3.
    private static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var octets: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case 48...57, 65...90, 97...122, UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): octets.append(octet)
            default: octets += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension LimitWarning {
    /// Seconds for which a warning of the same limit is not told again, however short its window.
    private static let leastPause = 3600

    /// Told once in each window, and not more than once in an hour: ``leastPause``.
    package var notice: Notice {
        let window = max(LimitWindow(state.per)?.seconds ?? 1, Self.leastPause), subject = "\(state.scope.rawValue)/\(state.subject)"
        var json = JSONWriter(capacity: 256)
        state.write(to: &json)
        return Notice(tenant: tenant, kind: .limitNear, subject: subject, at: at, details: json.octets, key: "limit.near \(subject) \(state.counts.rawValue) \(state.limit)/\(state.per) \(at.seconds / window)")
    }
}
