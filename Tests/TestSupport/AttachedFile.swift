import Foundation

/// Mails with a file attached.
package enum AttachedFile {
    /// Ways to attach it.
    package enum Way: String, CaseIterable {
        case base64, quotedPrintable, uuencode, nested, multipartInMultipart, wrongType
    }

    package static func mail(_ octets: [UInt8], _ name: String, _ way: Way) -> [UInt8] {
        func part(_ type: String, _ encoding: String, _ body: String) -> String {
            "Content-Type: \(type); name=\"\(name)\"\r\nContent-Disposition: attachment; filename=\"\(name)\"\r\nContent-Transfer-Encoding: \(encoding)\r\n\r\n\(body)"
        }
        func multipart(_ boundary: String, _ part: String) -> String {
            "Content-Type: multipart/mixed; boundary=\(boundary)\r\n\r\n--\(boundary)\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--\(boundary)\r\n\(part)\r\n--\(boundary)--\r\n"
        }
        let lines = Data(octets).base64EncodedString(options: [.lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed]), head = "From: a@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
        let text = switch way {
        case .base64: multipart("b", part("application/octet-stream", "base64", lines))
        case .quotedPrintable: multipart("b", part("application/octet-stream", "quoted-printable", quoted(octets)))
        case .uuencode: multipart("b", part("application/octet-stream", "x-uuencode", uuencoded(octets)))
        case .nested: multipart("b", "Content-Type: message/rfc822\r\n\r\n" + head + multipart("c", part("application/octet-stream", "base64", lines)))
        case .multipartInMultipart: multipart("b", multipart("c", multipart("d", part("application/octet-stream", "base64", lines))))
        case .wrongType: multipart("b", part("image/png", "base64", lines))
        }
        return Array((head + text).utf8)
    }

    package static func quoted(_ octets: [UInt8]) -> String {
        stride(from: 0, to: octets.count, by: 24).map { start in octets[start..<min(start + 24, octets.count)].map { String(format: "=%02X", $0) }.joined() }.joined(separator: "=\r\n")
    }

    package static func uuencoded(_ octets: [UInt8]) -> String {
        func letter(_ bits: Int) -> Character { Character(UnicodeScalar(UInt8(bits & 63 == 0 ? 96 : (bits & 63) + 32))) }
        let lines = stride(from: 0, to: octets.count, by: 45).map { start -> String in
            let line = Array(octets[start..<min(start + 45, octets.count)])
            var text = String(letter(line.count))
            for at in stride(from: 0, to: line.count, by: 3) {
                let three = (0..<3).map { at + $0 < line.count ? Int(line[at + $0]) : 0 }
                text += String([letter(three[0] >> 2), letter(three[0] << 4 | three[1] >> 4), letter(three[1] << 2 | three[2] >> 6), letter(three[2])])
            }
            return text
        }
        return "begin 644 file\r\n" + lines.joined(separator: "\r\n") + "\r\n`\r\nend\r\n"
    }
}
