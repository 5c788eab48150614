import Foundation
import Mail
import TestSupport
import Testing

/// Structure and text of the messages of the mail-parser suite, as its JSON has them.
@Suite struct MailParserSuite {
    /// Where we differ on purpose; docs/conformance-mime.md has the reasons.
    static let differences: Set<String> = [
        "legacy/049", "legacy/052", "rfc/000", "thirdparty/002", "thirdparty/005", "thirdparty/015",
        "malformed/000", "malformed/001", "malformed/004", "malformed/007", "malformed/009", "malformed/012", "malformed/013", "malformed/016",
        "malformed/019", "malformed/021", "malformed/022",
    ]

    @Test(Suites.needed()) func structureAndTextAgree() throws {
        var agreed = 0, different: [String] = [], parts = (agreed: 0, all: 0)
        for path in try Suites.files("mime/mail-parser") where path.hasSuffix(".eml") {
            let octets = try Suites.octets(path)
            for isCRLF in [false, true] {
                let file = path.replacingOccurrences(of: ".eml", with: isCRLF ? ".crlf.json" : ".json")
                let json = try JSONSerialization.jsonObject(with: Data(try Suites.octets(file))) as? [String: Any]
                let message = Message(octets: isCRLF ? Self.withCRLF(octets) : octets)
                var theirs: [String] = []
                Self.describe(try #require(json), into: &theirs)
                let ours = message.parts.compactMap { part -> String? in
                    if part.parent.map({ message.parts[$0].contentType.type == "message" }) == true, part.isContainer, part.contentType.type == "multipart" { return "multipart" }
                    return Self.describe(part)
                }
                if !path.contains("/malformed/") {
                    parts.all += max(ours.count, theirs.count)
                    parts.agreed += zip(ours, theirs).count { $0 == $1 }
                }
                if ours == theirs { agreed += 1; continue }
                let name = String(file.dropFirst("mime/mail-parser/".count).dropLast(5))
                different.append(name)
                if !Self.differences.contains(name.replacingOccurrences(of: ".crlf", with: "")) {
                    let place = zip(ours, theirs).enumerated().first { $1.0 != $1.1 }?.offset ?? min(ours.count, theirs.count)
                    Issue.record("""
                        \(name): \(ours.count) parts here, \(theirs.count) there, first difference at \(place):
                        here  \(String(reflecting: ours.dropFirst(place).first ?? "-").prefix(160))
                        there \(String(reflecting: theirs.dropFirst(place).first ?? "-").prefix(160))
                        """)
                }
            }
        }
        let all = agreed + different.count
        print("mail-parser: \(agreed) of \(all) agree; different: \(different.joined(separator: " "))")
        #expect(all == 200)
        print("mail-parser: \(parts.agreed) of \(parts.all) parts agree outside its malformed messages")
        #expect(parts.agreed * 100 >= parts.all * 95)
    }

    private static func withCRLF(_ octets: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for octet in octets {
            if octet == 10, result.last != 13 { result.append(13) }
            result.append(octet)
        }
        return result
    }

    /// The suite's parser turns CRLF into LF where the encoding is quoted-printable, and only there.
    private static func lines(_ text: String) -> String { text.replacingOccurrences(of: "\r\n", with: "\n") }

    private static func lines(_ octets: [UInt8]) -> String {
        var result = ""
        for (place, octet) in octets.enumerated() where octet != 13 || place + 1 >= octets.count || octets[place + 1] != 10 { result += "\(octet)," }
        return result
    }

    private static func describe(_ part: MIMEPart) -> String {
        // The suite's parser leaves uuencode as it is.
        if part.transferEncoding == .uuencode {
            return part.contentType.type == "text" ? "text " + lines(String(decoding: part.body, as: UTF8.self)) : "binary " + lines(Array(part.body))
        }
        if part.contentType.type == "multipart", part.isContainer { return "multipart" }
        if part.isContainer { return "message" }
        if part.contentType.type == "text" {
            return (part.contentType.subtype == "html" ? "html " : "text ") + lines(part.decodedText)
        }
        return "binary " + lines(part.decoded)
    }

    private static func describe(_ message: [String: Any], into list: inout [String]) {
        let parts = message["parts"] as? [[String: Any]] ?? []
        var open = [0]
        while let place = open.popLast() {
            guard place < parts.count, let body = parts[place]["body"] as? [String: Any], let (kind, value) = body.first else { continue }
            switch kind {
            case "Multipart":
                list.append("multipart")
                open += (value as? [Int] ?? []).reversed()
            case "Message":
                list.append("message")
                if let inner = value as? [String: Any] { describe(inner, into: &list) }
            case "Text": list.append("text " + lines(value as? String ?? ""))
            case "Html": list.append("html " + lines(value as? String ?? ""))
            default: list.append("binary " + lines((value as? [Int] ?? []).map { UInt8(truncatingIfNeeded: $0) }))
            }
        }
    }
}
