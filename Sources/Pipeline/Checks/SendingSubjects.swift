internal import Cryptography
internal import DNS
internal import Limiting
internal import Mail
internal import RateLimits
internal import Verdicts

/// For whom a message that goes out counts.
enum SendingSubjects {
    /// Field in which PHP says which script sent it: `33:mailer.php`, the user and the file. (PHP manual, `mail.add_x_header`)
    private static let scriptField = "X-PHP-Originating-Script"

    /// From the widest to the narrowest, each once. What somebody says of himself who did not log in counts beside what the server knows of him, never instead of it.
    static func of(_ envelope: Envelope, _ message: Message) -> [LimitSubject] {
        var subjects: [LimitSubject] = []
        func add(_ scope: LimitScope, _ name: String?) {
            // What cannot be such a name is none that limits are said for.
            if let name, !name.isEmpty, let subject = try? LimitSubject(scope, name) { subjects.append(subject) }
        }
        add(.server, envelope.serverName)
        add(.plan, envelope.plan)
        add(.customer, envelope.customer)
        if let account = envelope.authUser {
            add(.domain, domain(account))
            add(.mailbox, account)
        } else if let sender = envelope.mailFrom.flatMap(untagged), !sender.isEmpty {
            // Nobody proved it: what is sent in an account's name takes nothing from the account, nor from its domain.
            add(.mailbox, "<\(sender)>")
        }
        // Of who logged in this would be the webmail's, which is everybody's. Users have the same numbers on every host.
        let script = envelope.authUser == nil ? message.header.first(scriptField)?.text.trimmed : nil, host = envelope.serverName ?? envelope.clientIP.description
        add(.site, envelope.site ?? script.flatMap(user).map { "\(host)/\($0)" })
        add(.script, envelope.script ?? script.map { "\(host)/\($0)" })
        subjects.append(LimitSubject(client: envelope.clientIP))
        return subjects
    }

    /// By which a message is known when it comes again: its queue id and digest; without a queue id its verdict, which is one of its own.
    static func name(_ examined: Examination) -> [UInt8] {
        guard let queueID = examined.submission.envelope.queueID else { return SHA256.digest(Array("verdict \(examined.verdict.id)".utf8)) }
        return SHA256.digest(Array("queue \(queueID)\0".utf8) + examined.message.digest)
    }

    private static func domain(_ mailbox: String) -> String? { mailbox.lastIndex(of: "@").map { String(mailbox[mailbox.index(after: $0)...]) } }

    /// Without what stands behind a plus sign: anybody can put there what he likes.
    private static func untagged(_ path: String) -> String? {
        guard let at = path.lastIndex(of: "@"), let plus = path[..<at].firstIndex(of: "+"), plus > path.startIndex else { return path }
        return String(path[..<plus] + path[at...])
    }

    /// `uid:33` of `33:mailer.php`.
    private static func user(_ script: String) -> String? {
        guard let colon = script.firstIndex(of: ":"), colon > script.startIndex, script[..<colon].utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        return "uid:\(script[..<colon])"
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while let first = text.first, first == " " || first == "\t" { text = text.dropFirst() }
        while let last = text.last, last == " " || last == "\t" { text = text.dropLast() }
        return String(text)
    }
}
