import Foundation
import Mail
import TestSupport
import Testing

/// Structure, header fields and decoded bodies of the messages of the mime4j suite, as its XML and body files have them.
@Suite struct Mime4jSuite {
    /// Where we differ on purpose; docs/conformance-mime.md has the reasons.
    static let differences: Set<String> = [
        "testmsgs/malformedHeader-noheader", "testmsgs/malformedHeaderStartsBody-noheader", "testmsgs/malformedHeaderStartsBody-nocrlfcrlf",
    ]

    @Test(Suites.needed()) func structureAndBodiesAgree() throws {
        let files = try Suites.files("mime/mime4j")
        let names = Set(files)
        var agreed = 0, different: [String] = []
        for path in files where path.hasSuffix(".msg") {
            let stem = String(path.dropLast(4))
            guard names.contains(stem + "_decoded.xml") else { continue }
            let message = Message(octets: try Suites.octets(path))
            let xml = String(decoding: try Suites.octets(stem + "_decoded.xml"), as: UTF8.self)
            var reasons: [String] = []
            let ours = Self.skeleton(message), theirs = Self.skeleton(xml)
            if ours != theirs { reasons.append("here \(ours) there \(theirs)") }
            for body in files where body.hasPrefix(stem + "_decoded_") && xml.contains("name=\"\(body.split(separator: "/").last ?? "")\"") {
                let place = body.dropFirst(stem.count + 9).split(separator: ".")[0].replacingOccurrences(of: "_", with: ".")
                guard let part = message.parts.first(where: { $0.path == place }) else { reasons.append("no part \(place)"); continue }
                let wanted = Self.plainLines(try Suites.octets(body))
                if Self.plainLines(part.decoded) != wanted, Self.plainLines(Array(part.decodedText.utf8)) != wanted {
                    reasons.append("body \(place): \(String(decoding: part.decoded.suffix(60), as: UTF8.self).debugDescription) there \(String(decoding: wanted.suffix(60), as: UTF8.self).debugDescription)")
                }
            }
            if reasons.isEmpty { agreed += 1; continue }
            let name = String(stem.dropFirst("mime/mime4j/resources/".count))
            different.append(name)
            if !Self.differences.contains(name) { Issue.record("\(name): \(reasons.joined(separator: "\n    "))") }
        }
        let all = agreed + different.count
        print("mime4j: \(agreed) of \(all) agree; different: \(different.joined(separator: " "))")
        #expect(all >= 70)
        #expect(agreed * 100 >= all * 95)
    }

    private static func plainLines(_ octets: [UInt8]) -> [UInt8] { octets.filter { $0 != 13 } }

    /// `p(tb)` is a multipart of a text and a file, `m(…)` a message in the message; the number is that of header fields.
    private static func skeleton(_ message: Message) -> String {
        func describe(_ part: MIMEPart) -> String {
            let inner = part.children.map { describe(message.parts[$0]) }.joined()
            let count = part.header.fields.count
            if part.contentType.type == "multipart" { return "\(count)p(\(inner))" }
            if part.isContainer { return "\(count)m(\(inner))" }
            return part.contentType.type == "text" ? "\(count)t" : "\(count)b"
        }
        return describe(message.root)
    }

    private static func skeleton(_ xml: String) -> String {
        var result = "", fields = 0, at = xml.startIndex, depth = 0
        while let open = xml[at...].firstIndex(of: "<") {
            let close = xml[open...].firstIndex(of: ">") ?? xml.endIndex
            let tag = xml[open..<close].dropFirst()
            at = close
            switch tag.prefix(while: { $0 != " " && $0 != "/" || tag.first == "/" && $0 == "/" }) {
            case "header": fields = 0
            case "field": fields += 1
            case "/header": result += "\(fields)"
            case "multipart": result += "p("
            case "/multipart": result += ")"
            case "message": if depth > 0 { result += "m(" }; depth += 1
            case "/message": depth -= 1; if depth > 0 { result += ")" }
            case "text-body": result += "t"
            case "binary-body": result += "b"
            default: break
            }
        }
        return result
    }
}
