internal import Cryptography

extension VerdictRecord {
    /// By which the message is known when its mail server asks for it again: what that calls it, who sends it to whom, and its content.
    ///
    /// The mail server and the recipients are part of it: another server gives the same name to another message, and one that hands a message over recipient by recipient means another part of it each
    /// time. 32 octets; nil without a queue id: then it is always a message of its own. It is one of a tenant's, who is not part of it.
    package var name: [UInt8]? { Self.name(queueID, serverName, direction, authUser, mailFrom, recipients, digest) }

    fileprivate static func name(_ queueID: String?, _ serverName: String?, _ direction: Direction, _ authUser: String?, _ mailFrom: HistoryPath?, _ recipients: [HistoryPath], _ digest: [UInt8]) -> [UInt8]? {
        guard let queueID, !queueID.isEmpty else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(256 + recipients.count * 32)
        // A text and its length, so that no two lists are one.
        func add(_ text: (some Collection<UInt8>)?) {
            guard let text else { octets.append(0); return }
            octets += "\(text.count):".utf8
            octets += text
        }
        add(queueID.utf8)
        add(serverName?.lowercased().utf8)
        add(direction.rawValue.utf8)
        add(authUser?.utf8)
        add(mailFrom?.text.utf8)
        // By octets, in whatever order they are named: texts are one that are written in two ways.
        let all = recipients.map { Array($0.text.utf8) }
        for recipient in all.count > 1 ? Set(all).sorted(by: { $0.lexicographicallyPrecedes($1) }) : all { add(recipient) }
        return SHA256.digest(octets + digest)
    }
}

extension Envelope {
    /// As ``VerdictRecord/name`` of the verdict.
    /// - Parameter digest: SHA-256 of the message: 32 octets.
    package func name(of digest: [UInt8]) -> [UInt8]? {
        VerdictRecord.name(queueID, serverName, direction, authUser, mailFrom.map { HistoryPath($0) }, recipients.map { HistoryPath($0) }, digest)
    }
}
