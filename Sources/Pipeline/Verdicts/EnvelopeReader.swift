internal import DNS
internal import Mail

/// Reads an envelope from named texts: query parameters, a JSON object, command line options. One reader for all doors.
package struct EnvelopeReader: Sendable {
    /// The parameters there are.
    package static let parameters = [
        "client_ip", "client_port", "client_name", "helo", "mail_from", "rcpt", "auth_user", "tls_version", "tls_cipher", "queue_id",
        "server_name", "direction", "plan", "customer", "site", "script", "can_hold",
    ]
    /// What Postfix calls every message that has no queue file yet (postconf(5), `milter_mail_macros`): no name at all.
    private static let noQueue = "NOQUEUE"
    /// Octets in one value.
    package static let maximumValue = 1024
    /// Recipients of one message (RFC 5321 §4.5.3.1.8 asks for 100 at least).
    package static let maximumRecipients = 10_000

    /// - Parameters:
    ///   - fields: names and values; `rcpt` may come again and again, everything else once; an empty value is as good as none,
    ///     but for `mail_from`, where it is the null reverse-path.
    ///   - tenant: from the token, never from the fields.
    /// - Throws: `InvalidEnvelope` naming the parameter and what is wrong with it.
    package static func read(_ fields: [(name: String, value: String)], tenant: String) throws(InvalidEnvelope) -> Envelope {
        var single: [String: String] = [:], recipients: [String] = []
        for (name, value) in fields {
            guard parameters.contains(name) else { throw InvalidEnvelope(name, "there is no such parameter") }
            try check(name, value)
            if name == "rcpt" {
                if value.isEmpty { continue }
                guard recipients.count < maximumRecipients else { throw InvalidEnvelope("rcpt", "more than \(maximumRecipients) recipients") }
                recipients.append(try path(name, value, nullAllowed: false))
            } else {
                guard single.updateValue(value, forKey: name) == nil else { throw InvalidEnvelope(name, "given more than once") }
            }
        }
        func text(_ name: String) -> String? { single[name].flatMap { $0.isEmpty ? nil : $0 } }
        guard let address = text("client_ip") else { throw InvalidEnvelope("client_ip", "is missing: the address of the SMTP client") }
        let bare = address.lowercased().hasPrefix("ipv6:") ? String(address.dropFirst(5)) : address
        guard let clientIP = IPAddress(bare) else { throw InvalidEnvelope("client_ip", "is not an IP address: \(address)") }
        var port: UInt16? = nil
        if let number = text("client_port") {
            guard number.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }), let value = UInt16(number) else { throw InvalidEnvelope("client_port", "is not a number from 0 to 65535: \(number)") }
            port = value
        }
        var direction: Direction? = nil
        if let word = text("direction") {
            guard let value = Direction(rawValue: word) else { throw InvalidEnvelope("direction", "is neither inbound nor outbound: \(word)") }
            direction = value
        }
        var canHold: Bool? = nil
        if let word = text("can_hold") {
            guard ["yes", "no"].contains(word) else { throw InvalidEnvelope("can_hold", "is neither yes nor no: \(word)") }
            canHold = word == "yes"
        }
        var mailFrom: String? = nil
        if let sender = single["mail_from"] { mailFrom = try path("mail_from", sender, nullAllowed: true) }
        return Envelope(clientIP: clientIP.unmapped, clientPort: port, clientName: text("client_name"), helo: text("helo"), mailFrom: mailFrom,
                        recipients: recipients, authUser: text("auth_user"), tlsVersion: text("tls_version"), tlsCipher: text("tls_cipher"),
                        queueID: text("queue_id").flatMap { $0 == noQueue ? nil : $0 }, serverName: text("server_name"), direction: direction, plan: text("plan"), customer: text("customer"), site: text("site"),
                        script: text("script"), canHold: canHold, tenant: tenant)
    }

    private static func check(_ name: String, _ value: String) throws(InvalidEnvelope) {
        guard value.utf8.count <= maximumValue else { throw InvalidEnvelope(name, "is longer than \(maximumValue) octets") }
        for octet in value.utf8 where octet < 0x20 || octet == 0x7f {
            throw InvalidEnvelope(name, octet == 0 ? "has a NUL in it" : "has a control character (\(octet)) in it")
        }
    }

    private static func path(_ name: String, _ value: String, nullAllowed: Bool) throws(InvalidEnvelope) -> String {
        if value.isEmpty, nullAllowed { return "" }
        do {
            guard let address = try MailAddress.path(value) else {
                guard nullAllowed else { throw InvalidEnvelope(name, "is the null path, which no recipient can be") }
                return ""
            }
            return address.address
        } catch let invalid as InvalidEnvelope {
            throw invalid
        } catch {
            throw InvalidEnvelope(name, "is not an address: \(error)")
        }
    }
}

/// What is wrong with an envelope.
package struct InvalidEnvelope: Error, Sendable, Equatable {
    package let parameter: String
    /// A clause that goes on after the parameter's name.
    package let problem: String

    package init(_ parameter: String, _ problem: String) { self.parameter = parameter; self.problem = problem }
}

extension InvalidEnvelope: CustomStringConvertible {
    package var description: String { "\(parameter) \(problem)" }
}
