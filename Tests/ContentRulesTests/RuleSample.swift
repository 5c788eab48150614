import ContentRules
import DNS
import Mail

/// A message of fields and a body, over what an honest one has.
struct RuleSample: Sendable {
    static let receivedAt = 1_700_000_000   // Tue, 14 Nov 2023 22:13:20 +0000

    var fields: [(String, String?)] = []
    var body = "Hello Erika,\r\n\r\nsee you tomorrow at the station, as we said.\r\n"
    var raw: [UInt8]? = nil
    var recipients = ["erika@rcpt.example.org"]
    var names = ProtectedNames()
    var isSubmission = false

    private static let usual: [(String, String)] = [
        ("Received", "from mail.example.com (mail.example.com [192.0.2.7]) by mx.example.org with ESMTPS id 1 for <erika@rcpt.example.org>; Tue, 14 Nov 2023 22:13:20 +0000"),
        ("From", "Hans Meier <hans@example.com>"), ("To", "Erika <erika@rcpt.example.org>"), ("Subject", "Tomorrow"), ("Date", "Tue, 14 Nov 2023 22:12:00 +0000"),
        ("Message-ID", "<abcdef-123456@mail.example.com>"), ("MIME-Version", "1.0"), ("Content-Type", "text/plain; charset=utf-8"),
    ]

    var octets: [UInt8] {
        if let raw { return raw }
        var text = "", left = fields
        for (name, value) in Self.usual {
            let given = left.filter { $0.0.lowercased() == name.lowercased() }
            left.removeAll { $0.0.lowercased() == name.lowercased() }
            if given.isEmpty { text += "\(name): \(value)\r\n" } else { for case (let written, let value?) in given { text += "\(written): \(value)\r\n" } }
        }
        for case (let name, let value?) in left { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n" + body).utf8)
    }

    func hits() -> [ContentHit] { content.hits() }

    var content: ContentSubject { ContentSubject(message: Message(octets: octets), recipients: recipients, receivedAt: Self.receivedAt, isSubmission: isSubmission, names: names) }

    // MARK: - Making them

    static func with(_ name: String, _ value: String?) -> RuleSample { RuleSample(fields: [(name, value)]) }
    static func with(_ fields: [(String, String?)]) -> RuleSample { RuleSample(fields: fields) }
    static func subject(_ text: String) -> RuleSample { with("Subject", text) }
    static func from(_ text: String) -> RuleSample { with("From", text) }
    static func text(_ body: String) -> RuleSample { RuleSample(body: body) }
    static func html(_ body: String, _ more: [(String, String?)] = []) -> RuleSample { RuleSample(fields: [("Content-Type", "text/html; charset=utf-8")] + more, body: body) }
    static func link(_ target: String, _ text: String = "here", _ more: [(String, String?)] = []) -> RuleSample { html("<html><body><p>Please look at what we have for you <a href=\"\(target)\">\(text)</a> today.</p></body></html>", more) }

    /// Below the nearest server another one.
    static func hop(_ value: String, date: String = "Tue, 14 Nov 2023 22:13:00 +0000") -> RuleSample {
        with([("Received", "from mail.example.com (mail.example.com [192.0.2.7]) by mx.example.org with ESMTPS id 1; Tue, 14 Nov 2023 22:13:20 +0000"), ("Received", "\(value); \(date)")])
    }

    /// The same with another body.
    func body(_ text: String) -> RuleSample {
        var other = self
        other.body = text
        return other
    }

    /// The same with more fields.
    func and(_ more: [(String, String?)]) -> RuleSample {
        var other = self
        other.fields += more
        return other
    }

    /// A text, and a file beside it.
    static func file(_ type: String, _ name: String?, _ content: [UInt8], text: String = "Here is the file of which we spoke yesterday at lunch, with all that you need to know.", more: String = "") -> RuleSample {
        let disposition = name.map { "Content-Disposition: attachment; filename=\"\($0)\"\r\n" } ?? ""
        let body = "--cut-here-1234\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(text)\r\n--cut-here-1234\r\nContent-Type: \(type)\r\n\(disposition)Content-Transfer-Encoding: base64\r\n\(more)\r\n\(String(decoding: Base64.encode(content), as: UTF8.self))\r\n--cut-here-1234--\r\n"
        return RuleSample(fields: [("Content-Type", "multipart/mixed; boundary=\"cut-here-1234\"")], body: body)
    }

    static func alternative(_ plain: String, _ html: String) -> RuleSample {
        let body = "--cut-here-1234\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\(plain)\r\n--cut-here-1234\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\(html)\r\n--cut-here-1234--\r\n"
        return RuleSample(fields: [("Content-Type", "multipart/alternative; boundary=\"cut-here-1234\"")], body: body)
    }
}
