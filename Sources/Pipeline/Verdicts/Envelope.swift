package import DNS
package import JSON

/// Which way a message goes, seen from the server that asks.
package enum Direction: String, Decodable, JSONWritable, Sendable, CaseIterable {
    case inbound, outbound
}

/// What the SMTP session said beside the message (RFC 5321 §2.3.1).
package struct Envelope: Sendable, Equatable, Decodable {
    /// The address that connected.
    package var clientIP: IPAddress
    package var clientPort: UInt16?
    /// The client's name as the MTA found it; never believed, only shown.
    package var clientName: String?
    /// The argument of HELO or EHLO.
    package var helo: String?
    /// The reverse-path without angle brackets; empty for the null reverse-path; nil when there was no MAIL command.
    package var mailFrom: String?
    /// The forward-paths without angle brackets.
    package var recipients: [String]
    /// Who authenticated (RFC 4954), if anyone did.
    package var authUser: String?
    package var tlsVersion: String?
    package var tlsCipher: String?
    /// The MTA's name for the message while it is in its queue.
    package var queueID: String?
    /// The name of the MTA that asks.
    package var serverName: String?
    package var direction: Direction
    /// Who sends, as far as the MTA knows it, beside `authUser`: what limits on sending are said for. The customer's plan.
    package var plan: String?
    package var customer: String?
    /// The web site, or the user of the host, that sends without authentication.
    package var site: String?
    /// The program of that site.
    package var script: String?
    /// False where the mail server keeps nothing back that is to be held.
    package var canHold: Bool?
    /// Whose mail it is; `default` where a server serves one owner.
    package var tenant: String

    package init(clientIP: IPAddress, clientPort: UInt16? = nil, clientName: String? = nil, helo: String? = nil, mailFrom: String? = nil,
                 recipients: [String] = [], authUser: String? = nil, tlsVersion: String? = nil, tlsCipher: String? = nil,
                 queueID: String? = nil, serverName: String? = nil, direction: Direction? = nil, plan: String? = nil, customer: String? = nil,
                 site: String? = nil, script: String? = nil, canHold: Bool? = nil, tenant: String = "default") {
        self.clientIP = clientIP; self.clientPort = clientPort; self.clientName = clientName; self.helo = helo
        self.mailFrom = mailFrom; self.recipients = recipients; self.authUser = authUser
        self.tlsVersion = tlsVersion; self.tlsCipher = tlsCipher; self.queueID = queueID; self.serverName = serverName
        self.direction = direction ?? (authUser == nil ? .inbound : .outbound)
        self.plan = plan; self.customer = customer; self.site = site; self.script = script
        self.canHold = canHold
        self.tenant = tenant
    }

    enum CodingKeys: String, CodingKey {
        case clientIP = "client_ip", clientPort = "client_port", clientName = "client_name", helo, mailFrom = "mail_from"
        case recipients = "rcpt", authUser = "auth_user", tlsVersion = "tls_version", tlsCipher = "tls_cipher"
        case queueID = "queue_id", serverName = "server_name", direction, plan, customer, site, script, canHold = "can_hold", tenant
    }
}

extension Envelope: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.clientIP, clientIP)
        json.member(CodingKeys.clientPort, clientPort)
        json.member(CodingKeys.clientName, clientName)
        json.member(CodingKeys.helo, helo)
        json.member(CodingKeys.mailFrom, mailFrom)
        json.member(CodingKeys.recipients, recipients)
        json.member(CodingKeys.authUser, authUser)
        json.member(CodingKeys.tlsVersion, tlsVersion)
        json.member(CodingKeys.tlsCipher, tlsCipher)
        json.member(CodingKeys.queueID, queueID)
        json.member(CodingKeys.serverName, serverName)
        json.member(CodingKeys.direction, direction)
        json.member(CodingKeys.plan, plan)
        json.member(CodingKeys.customer, customer)
        json.member(CodingKeys.site, site)
        json.member(CodingKeys.script, script)
        json.member(CodingKeys.canHold, canHold)
        json.member(CodingKeys.tenant, tenant)
        json.closeObject()
    }
}

/// One message as it came, with its envelope and the moment: all that a judgement may look at.
package struct Submission: Sendable {
    package let octets: [UInt8]
    package let envelope: Envelope
    package let receivedAt: Timestamp

    package init(octets: [UInt8], envelope: Envelope, receivedAt: Timestamp) {
        self.octets = octets; self.envelope = envelope; self.receivedAt = receivedAt
    }
}
