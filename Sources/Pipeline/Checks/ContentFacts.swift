internal import Cryptography
internal import DMARC
internal import Mail
internal import Verdicts

extension ContentEvidence {
    /// Link hosts in the evidence.
    static let maximumLinkHosts = 100
    /// Attachments in the evidence, and characters of their names and types.
    static let maximumAttachments = 100, maximumName = 255
    /// Addresses of the From field in the evidence.
    static let maximumAuthors = 20

    /// The short form of what the parser found.
    init(_ message: Message) {
        self.init(size: message.octets.count, sha256: message.digest.hexadecimal, messageID: message.bareMessageID, subject: message.subject?.cut(to: 255),
                  from: message.from.prefix(Self.maximumAuthors).map(\.address), parts: message.parts.count,
                  attachments: message.attachments.prefix(Self.maximumAttachments).map {
                      Attachment(name: $0.name?.cut(to: Self.maximumName), declaredType: $0.declaredType.cut(to: Self.maximumName), sniffedType: $0.kind.rawValue, size: $0.size, sha256: $0.sha256)
                  },
                  attachmentsLeftOut: max(0, message.attachments.count - Self.maximumAttachments),
                  linkHosts: Array(message.urls.map(\.host).withoutRepetition.prefix(Self.maximumLinkHosts)),
                  defects: message.defects.map { Defect(code: $0.code, detail: $0.detail ?? "", count: $0.count) },
                  isReport: ReportLoop.isReport(message) ? true : nil)
    }
}

extension String {
    /// The first characters, at most so many.
    func cut(to limit: Int) -> String {
        // A text without more octets has no more characters, and octets are counted at once.
        utf8.count <= limit ? self : String(prefix(limit))
    }
}

extension Message {
    /// The Message-ID without its angle brackets.
    var bareMessageID: String? {
        messageID.map { $0.hasPrefix("<") && $0.hasSuffix(">") && $0.utf8.count > 2 ? String($0.dropFirst().dropLast()) : $0 }
    }
}
