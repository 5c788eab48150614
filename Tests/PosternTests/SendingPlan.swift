import Cryptography
import DNS
import RateLimits
import TestSupport
import Verdicts

/// Who sends what, and how much each may send at every level: the same for a seed.
struct SendingPlan: Sendable {
    struct Message: Sendable {
        let queueID: String, user: String, customer: String, recipients: Int, node: Int

        /// Of the request: the envelope as an MTA tells it.
        var target: String {
            let rcpt = (0..<recipients).map { "&rcpt=r\($0)@example.net" }.joined()
            return "/v1/verdicts?client_ip=127.0.0.1&server_name=mx&customer=\(customer)&auth_user=\(user)&mail_from=\(user)&tls_version=TLSv1.3&queue_id=\(queueID)\(rcpt)"
        }

        var octets: [UInt8] {
            Array("From: \(user)\r\nTo: r0@example.net\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <\(queueID)@example.org>\r\nSubject: Hello \(queueID)\r\n\r\nHello\r\n".utf8)
        }

        /// By which it is known where messages are counted.
        var name: [UInt8]? {
            Envelope(clientIP: .v4(0x7f00_0001), mailFrom: user, recipients: (0..<recipients).map { "r\($0)@example.net" }, authUser: user, queueID: queueID, serverName: "mx", direction: .outbound).name(of: SHA256.digest(octets))
        }

        var amounts: Amounts { Amounts(recipients: recipients, octets: octets.count) }

        /// From the widest to the narrowest.
        var subjects: [LimitSubject] {
            get throws {
                let domain = user.split(separator: "@").last.map(String.init) ?? ""
                return [try LimitSubject(.server, "mx"), try LimitSubject(.customer, customer), try LimitSubject(.domain, domain), try LimitSubject(.mailbox, user)]
            }
        }
    }

    let messages: [Message]
    /// Of each the first is for the whole run: what more than that is wanted never goes. The second is for a moment.
    let limits: [LimitScope: [RateLimit]]

    private static let users = 24, domains = 6, customers = 2

    init(seed: UInt64, messages count: Int) throws {
        var random = SeededGenerator(seed), messages: [Message] = []
        for number in 0..<count {
            // Some send much more than others.
            let user = min(Int.random(in: 0..<Self.users, using: &random), Int.random(in: 0..<Self.users, using: &random)), domain = user * Self.domains / Self.users
            messages.append(Message(queueID: "Q\(seed)-\(number)", user: "u\(user)@d\(domain).example.org", customer: "c\(domain % Self.customers)",
                                    recipients: Int.random(in: 1...6, using: &random), node: Int.random(in: 0..<NodeTrial.nodes, using: &random)))
        }
        self.messages = messages
        let wanted = messages.reduce(0) { $0 + $1.recipients }
        func pair(_ percent: ClosedRange<Int>, of subjects: Int, _ counts: RateLimit.Quantity, _ most: Int, _ seconds: Int) throws -> [RateLimit] {
            let whole = max(wanted * Int.random(in: percent, using: &random) / 100 / subjects, 10)
            guard let long = LimitWindow(seconds: 86_400), let short = LimitWindow(seconds: seconds) else { return [] }
            return [try RateLimit(counts: .recipients, most: whole, window: long), try RateLimit(counts: counts, most: most, window: short)]
        }
        limits = [.server: try pair(54...62, of: 1, .recipients, 300, 1), .customer: try pair(60...68, of: Self.customers, .messages, 100, 3),
                  .domain: try pair(75...90, of: Self.domains, .recipients, 120, 2), .mailbox: try pair(90...130, of: Self.users, .recipients, 30, 1)]
    }

    /// The same as settings of the service.
    var settings: String {
        limits.sorted { $0.key < $1.key }.map { scope, limits in
            "  \(scope.rawValue): [\(limits.map { "{counts: \($0.counts.rawValue), limit: \($0.most), per: \($0.window.description)}" }.joined(separator: ", "))]\n"
        }.joined()
    }
}
