package import DNS
package import RateLimits
package import Verdicts

/// Who sends a message, as the mail server and the message say.
package struct SendingParty: Sendable, Hashable {
    package var serverName: String?
    package var plan: String?
    package var customer: String?
    package var authUser: String?
    /// The reverse-path; empty for the null reverse-path.
    package var mailFrom: String?
    package var site: String?
    package var script: String?
    package var clientIP: IPAddress
    /// Sites and scripts that are known beside `site` and `script`: what counting once made of the message's header.
    package var told: [LimitSubject] = []

    package init(clientIP: IPAddress) { self.clientIP = clientIP }

    package init(_ envelope: Envelope) {
        serverName = envelope.serverName; plan = envelope.plan; customer = envelope.customer; authUser = envelope.authUser; mailFrom = envelope.mailFrom
        site = envelope.site; script = envelope.script; clientIP = envelope.clientIP
    }

    /// For whom its messages count: from the widest to the narrowest, each once. What somebody says of himself who did not log in counts beside what the server knows of him, never instead of it.
    package var subjects: [LimitSubject] {
        var subjects: [LimitSubject] = []
        func add(_ scope: LimitScope, _ name: String?) {
            // What cannot be such a name is none that limits are said for.
            if let name, !name.isEmpty, let subject = try? LimitSubject(scope, name) { subjects.append(subject) }
        }
        add(.server, serverName)
        add(.plan, plan)
        add(.customer, customer)
        if let authUser {
            add(.domain, Self.domain(authUser))
            add(.mailbox, authUser)
        } else if let sender = mailFrom.flatMap(Self.untagged), !sender.isEmpty {
            // Nobody proved it: what is sent in an account's name takes nothing from the account, nor from its domain.
            add(.mailbox, "<\(sender)>")
        }
        add(.site, site)
        if site == nil { subjects += told.filter { $0.scope == .site } }
        add(.script, script)
        if script == nil { subjects += told.filter { $0.scope == .script } }
        subjects.append(LimitSubject(client: clientIP))
        return subjects
    }

    /// All that it is called, in one order.
    var names: [String?] { [serverName, plan, customer, authUser, mailFrom, site, script] }

    /// By octets, as its subjects are compared: two ways to write an accent are two names.
    package static func == (one: SendingParty, other: SendingParty) -> Bool {
        one.clientIP == other.clientIP && one.told == other.told && zip(one.names, other.names).allSatisfy { one, other in
            guard let one, let other else { return one == nil && other == nil }
            return one.utf8.elementsEqual(other.utf8)
        }
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(clientIP)
        hasher.combine(told)
        for name in names {
            hasher.combine(name?.utf8.count)
            if let name { for octet in name.utf8 { hasher.combine(octet) } }
        }
    }

    private static func domain(_ mailbox: String) -> String? { mailbox.lastIndex(of: "@").map { String(mailbox[mailbox.index(after: $0)...]) } }

    /// Without what stands behind a plus sign: anybody can put there what he likes.
    private static func untagged(_ path: String) -> String? {
        guard let at = path.lastIndex(of: "@"), let plus = path[..<at].firstIndex(of: "+"), plus > path.startIndex else { return path }
        return String(path[..<plus] + path[at...])
    }
}
