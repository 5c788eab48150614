package import JSON

/// What the message says by itself, in short.
package struct ContentEvidence: Sendable, Decodable, Equatable {
    package struct Attachment: Sendable, Decodable, Equatable {
        package var name: String?
        package var declaredType: String
        package var sniffedType: String?
        package var size: Int
        package var sha256: String

        package init(name: String?, declaredType: String, sniffedType: String?, size: Int, sha256: String) {
            self.name = name; self.declaredType = declaredType; self.sniffedType = sniffedType; self.size = size; self.sha256 = sha256
        }

        enum CodingKeys: String, CodingKey { case name, declaredType = "declared_type", sniffedType = "sniffed_type", size, sha256 }
    }

    package struct Defect: Sendable, Decodable, Equatable {
        package var code: String
        package var detail: String
        package var count: Int

        package init(code: String, detail: String, count: Int) { self.code = code; self.detail = detail; self.count = count }

        enum CodingKeys: String, CodingKey { case code, detail, count }
    }

    package var size: Int
    /// SHA-256 of the message with CRLF line ends, in hexadecimal.
    package var sha256: String
    package var messageID: String?
    package var subject: String?
    /// The addresses of the From field.
    package var from: [String]
    package var parts: Int
    /// At most 100, names and types cut to 255 characters.
    package var attachments: [Attachment]
    /// Attachments beyond that limit.
    package var attachmentsLeftOut: Int
    /// Hosts of links, without repetition, at most 100.
    package var linkHosts: [String]
    package var defects: [Defect]
    /// True where the message is a report about mail itself, of DMARC or of TLS; nil elsewhere.
    package var isReport: Bool?

    package init(size: Int, sha256: String, messageID: String?, subject: String?, from: [String], parts: Int,
                 attachments: [Attachment], attachmentsLeftOut: Int, linkHosts: [String], defects: [Defect], isReport: Bool? = nil) {
        self.size = size; self.sha256 = sha256; self.messageID = messageID; self.subject = subject; self.from = from
        self.parts = parts; self.attachments = attachments; self.attachmentsLeftOut = attachmentsLeftOut; self.linkHosts = linkHosts; self.defects = defects; self.isReport = isReport
    }

    enum CodingKeys: String, CodingKey {
        case size, sha256, messageID = "message_id", subject, from, parts, attachments, attachmentsLeftOut = "attachments_left_out"
        case linkHosts = "link_hosts", defects, isReport = "report"
    }
}

extension ContentEvidence: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.size, size)
        json.member(CodingKeys.sha256, sha256)
        json.member(CodingKeys.messageID, messageID)
        json.member(CodingKeys.subject, subject)
        json.member(CodingKeys.from, from)
        json.member(CodingKeys.parts, parts)
        json.member(CodingKeys.attachments, attachments)
        json.member(CodingKeys.attachmentsLeftOut, attachmentsLeftOut)
        json.member(CodingKeys.linkHosts, linkHosts)
        json.member(CodingKeys.defects, defects)
        json.member(CodingKeys.isReport, isReport)
        json.closeObject()
    }
}

extension ContentEvidence.Attachment: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.name, name)
        json.member(CodingKeys.declaredType, declaredType)
        json.member(CodingKeys.sniffedType, sniffedType)
        json.member(CodingKeys.size, size)
        json.member(CodingKeys.sha256, sha256)
        json.closeObject()
    }
}

extension ContentEvidence.Defect: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.code, code)
        json.member(CodingKeys.detail, detail)
        json.member(CodingKeys.count, count)
        json.closeObject()
    }
}
