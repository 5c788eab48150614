import Foundation
import Mail
import TestSupport
import Testing

/// Structure and text of the messages of the mail-parser suite, as its JSON has them.
@Suite struct MailParserSuite {
    /// Where we differ on purpose; docs/conformance-mime.md has the reasons.
    static let differences: Set<String> = [
        "legacy/052", "rfc/000", "thirdparty/005", "thirdparty/015",
        "malformed/000", "malformed/001", "malformed/007", "malformed/009", "malformed/012", "malformed/016", "malformed/019", "malformed/021",
    ]

    private struct Count { var messages = 0, agreedMessages = 0, parts = 0, agreedParts = 0 }

    @Test(Suites.needed()) func structureAndTextAgree() throws {
        var counts: [String: Count] = [:], different: [String] = []
        for path in try Suites.files("mime/mail-parser") where path.hasSuffix(".eml") {
            let octets = try Suites.octets(path)
            let group = String(path.split(separator: "/")[2])
            for isCRLF in [false, true] {
                let file = path.replacingOccurrences(of: ".eml", with: isCRLF ? ".crlf.json" : ".json")
                let json = try #require(try JSONSerialization.jsonObject(with: Data(try Suites.octets(file))) as? [String: Any])
                let source = isCRLF ? Self.withCRLF(octets) : octets.filter { $0 != 13 }
                // The suite's answer was made from these octets and no others.
                #expect(((json["parts"] as? [[String: Any]])?.first?["offset_end"] as? Int) == source.count, "\(file)")
                var theirs: [String] = []
                Self.describe(json, into: &theirs)
                let ours = Self.describe(Message(octets: source))
                counts[group, default: Count()].messages += 1
                counts[group, default: Count()].parts += max(ours.count, theirs.count)
                counts[group, default: Count()].agreedParts += zip(ours, theirs).count { $0 == $1 }
                if ours == theirs { counts[group, default: Count()].agreedMessages += 1; continue }
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
        print("mail-parser: different: \(different.joined(separator: " "))")
        var all = Count()
        for (group, count) in counts.sorted(by: { $0.key < $1.key }) {
            print("mail-parser, \(group): \(count.agreedMessages) of \(count.messages) messages, \(count.agreedParts) of \(count.parts) parts")
            if group == "malformed" { continue }
            all.messages += count.messages; all.agreedMessages += count.agreedMessages
            all.parts += count.parts; all.agreedParts += count.agreedParts
        }
        print("mail-parser, all but malformed: \(all.agreedMessages) of \(all.messages) messages, \(all.agreedParts) of \(all.parts) parts")
        #expect(all.messages == 168 && counts["malformed"]?.messages == 32)
        #expect(all.agreedMessages * 100 >= all.messages * 95)
        #expect(all.agreedParts * 100 >= all.parts * 95)
        #expect(Set(different.map { $0.replacingOccurrences(of: ".crlf", with: "") }) == Self.differences)
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

    private static func describe(_ message: Message) -> [String] {
        let shown = Set(message.texts.map(\.part))
        return message.parts.map { part in
            if part.parent.map({ message.parts[$0].contentType.type == "message" }) == true, part.isContainer, part.contentType.type == "multipart" { return "multipart" }
            // What says it is a message and is none is text in both.
            if part.contentType.type == "message", !part.isContainer, shown.contains(part.index) { return "text " + lines(part.decodedText) }
            return describe(part)
        }
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
