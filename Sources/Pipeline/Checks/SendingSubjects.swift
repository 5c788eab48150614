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

    /// From the widest to the narrowest, each once.
    static func of(_ envelope: Envelope, _ message: Message) -> [LimitSubject] {
        var party = SendingParty(envelope)
        // Of who logged in this would be the webmail's, which is everybody's. Users have the same numbers on every host.
        let script = envelope.authUser == nil ? message.header.first(scriptField).map { whole($0.text.trimmed) } : nil, host = envelope.serverName ?? envelope.clientIP.description
        party.site = envelope.site ?? script.flatMap(user).map { "\(host)/\($0)" }
        party.script = envelope.script ?? script.map { "\(host)/\($0)" }
        return party.subjects
    }

    /// By which a message is known when it comes again; without a queue id its verdict, which is one of its own.
    static func name(_ examined: Examination) -> [UInt8] {
        examined.submission.envelope.name(of: examined.message.digest) ?? SHA256.digest(Array("verdict \(examined.verdict.id)".utf8))
    }

    /// The script of `33:m.php(12) : eval()'d code`, which PHP writes of what it was given as text: that counts for the script.
    private static func whole(_ script: String) -> String {
        let octets = Array(script.utf8)
        // Where a bracket opened, behind which nothing but digits came.
        var open: Int? = nil
        for (place, octet) in octets.enumerated() {
            switch octet {
            case UInt8(ascii: "("): open = place
            case 48...57: continue
            default:
                if octet == UInt8(ascii: ")"), let open, place > open + 1, octets[(place + 1)...].starts(with: " : ".utf8) { return String(decoding: octets[..<open], as: UTF8.self) }
                open = nil
            }
        }
        return script
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
