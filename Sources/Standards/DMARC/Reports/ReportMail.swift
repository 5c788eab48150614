internal import Cryptography
package import DNS
internal import Mail

/// The message that carries an aggregate report: the same octets whenever it is made for the same report, destination and date.
/// Source: RFC 9990 §3.5.2 and RFC 7489 §7.2.1.1 (subject, parts), RFC 3834 §5 (Auto-Submitted), RFC 5322 §3.6.
package struct ReportMail: Sendable, Equatable {
    /// Why no message can be made.
    package enum Fault: Error, Sendable, Equatable {
        /// An address is no mailbox with a domain.
        case address(String)
        /// The report's id, or its token, has other characters than a Message-ID may have before its @, or more than 200.
        case reportID(String)
        /// The file's name is not printable ASCII, has a quote or a backslash, or more than 1,000 octets.
        case fileName
        case date
    }

    /// Whose mail is reported on.
    package var policyDomain: DomainName
    /// Who reports: in the subject, and behind the @ of the Message-ID.
    package var submitter: DomainName
    package var reportID: String
    /// What nobody can guess who did not get this message: of the characters of an id, without a dot. By it a bounce is believed.
    package var token: String
    /// From: where people who ask about reports write to.
    package var author: String
    package var destination: String
    /// Seconds since 1970-01-01T00:00:00Z, as the report has them.
    package var begin: Int
    package var end: Int
    /// As ``ReportFileName`` has it.
    package var fileName: String
    /// The report, gzip.
    package var document: [UInt8]

    package init(policyDomain: DomainName, submitter: DomainName, reportID: String, token: String, author: String, destination: String, begin: Int, end: Int, fileName: String,
                 document: [UInt8]) {
        self.policyDomain = policyDomain; self.submitter = submitter; self.reportID = reportID; self.token = token; self.author = author; self.destination = destination
        self.begin = begin; self.end = end; self.fileName = fileName; self.document = document
    }

    /// The Message-ID without angle brackets. It does not change when the report is sent again, so that its reader knows it; each destination has
    /// another token, so that two that end in one mailbox are two messages, and neither can be told from the other.
    package var messageID: String { "\(reportID).\(token)@\(submitter.text)" }

    /// The report's id and its token in a Message-ID, with or without angle brackets.
    /// - Returns: nil where it is none of a report's; whether it is one of ours, only its sender knows.
    package static func parts(ofMessageID text: String) -> (reportID: String, token: String)? {
        guard text.utf8.count <= 998, let local = text.drop(while: { $0 == "<" }).split(separator: "@", maxSplits: 1).first, let dot = local.lastIndex(of: ".") else { return nil }
        let id = local[..<dot], token = local[local.index(after: dot)...]
        return id.isEmpty || token.isEmpty ? nil : (String(id), String(token))
    }

    /// The whole message in ASCII, lines with CRLF and at most 998 octets.
    /// - Parameter date: seconds since 1970-01-01T00:00:00Z, 0…253402300799.
    package func octets(date: Int) throws(Fault) -> [UInt8] {
        guard let day = MailDate.written(date) else { throw .date }
        guard !reportID.isEmpty, reportID.utf8.count <= 200, reportID.utf8.allSatisfy(Self.isOfID), reportID.first != ".", reportID.last != ".", !reportID.contains("..") else { throw .reportID(reportID) }
        guard !token.isEmpty, token.utf8.count <= 100, token.utf8.allSatisfy({ Self.isOfID($0) && $0 != 46 }) else { throw .reportID(token) }
        guard fileName.utf8.count <= 1000, fileName.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 34 && $0 != 92 }) else { throw .fileName }
        let from = try Self.mailbox(author), to = try Self.mailbox(destination)
        let boundary = "=_\(SHA256.digest(document + Array(messageID.utf8)).prefix(16).hexadecimal)"   // a line of base64 has no underscore
        var message = Array("""
            Date: \(day)\r
            From: <\(from)>\r
            To: <\(to)>\r
            Message-ID: <\(messageID)>\r
            Subject: Report Domain: \(policyDomain.text)\r
             Submitter: \(submitter.text)\r
             Report-ID: <\(reportID)>\r
            Auto-Submitted: auto-generated\r
            MIME-Version: 1.0\r
            Content-Type: multipart/mixed; boundary="\(boundary)"\r
            \r
            --\(boundary)\r
            Content-Type: text/plain; charset=us-ascii\r
            \r
            This is a DMARC aggregate report for \(policyDomain.text)\r
            from \(submitter.text), made by a program.\r
            \r
            Period: \(MailDate.written(begin) ?? "?")\r
                 to \(MailDate.written(end) ?? "?")\r
            \r
            --\(boundary)\r
            Content-Type: application/gzip\r
            Content-Transfer-Encoding: base64\r
            Content-Disposition: attachment;\r
             filename="\(fileName)"\r
            \r

            """.utf8)
        // Lines of 76 characters (RFC 2045 §6.8).
        let text = Base64.encode(document)
        message.reserveCapacity(message.count + text.count / 76 * 78 + 256)
        for start in stride(from: 0, to: text.count, by: 76) {
            message += text[start..<min(start + 76, text.count)]
            message += [13, 10]
        }
        message += Array("--\(boundary)--\r\n".utf8)
        return message
    }

    private static func mailbox(_ text: String) throws(Fault) -> String {
        guard let path = try? MailAddress.path(text), path.domainText != nil, path.address.utf8.allSatisfy({ $0 < 128 }) else { throw .address(text) }
        return path.address
    }

    /// Of an atom, and the dot (RFC 5322 §3.2.3), which `dot-atom-text` has.
    private static func isOfID(_ octet: UInt8) -> Bool {
        switch octet {
        case 48...57, 65...90, 97...122: true
        default: Array("!#$%&'*+-/=?^_`{|}~.".utf8).contains(octet)
        }
    }
}
