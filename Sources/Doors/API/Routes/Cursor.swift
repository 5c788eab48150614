internal import Foundation
internal import Verdicts

/// Where a page of history ended, as a text that clients hand back unread: the 16 octets of the last id in base64url.
enum Cursor {
    static func text(after id: VerdictID) -> String {
        var octets: [UInt8] = []
        for half in [id.high, id.low] { for shift in stride(from: 56, through: 0, by: -8) { octets.append(UInt8(truncatingIfNeeded: half >> UInt64(shift))) } }
        return text(of: Data(octets))
    }

    /// base64url without padding (RFC 4648 §5).
    static func text(of data: Data) -> String { data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "") }

    /// nil where it is not what ``text(of:)`` writes.
    static func data(of text: String) -> Data? {
        guard !text.contains("+"), !text.contains("/"), !text.contains("=") else { return nil }
        return Data(base64Encoded: text.replacing("-", with: "+").replacing("_", with: "/") + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }

    static func read(_ text: String) -> VerdictID? {
        guard text.utf8.count == 22, let data = data(of: text), data.count == 16 else { return nil }
        let halves = data.reduce(into: (high: UInt64(0), low: UInt64(0))) { halves, octet in
            halves.high = halves.high << 8 | halves.low >> 56
            halves.low = halves.low << 8 | UInt64(octet)
        }
        return VerdictID(high: halves.high, low: halves.low)
    }
}
