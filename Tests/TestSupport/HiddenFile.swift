import Foundation

/// A mail with a file in a place where only some programs look.
package struct HiddenFile: Sendable, CustomStringConvertible {
    package let description: String
    package let octets: [UInt8]
    /// Of the part that holds it.
    package let path: String
    /// There is so much beside it that a limit is met, too.
    package var meetsLimit: Bool { description.contains("small files") }

    init(_ description: String, _ mail: String, path: String = "1.2") {
        (self.description, octets, self.path) = (description, Array(mail.replacing("\n", with: "\r\n").utf8), path)
    }

    static let head = "From: a@example.org\nSubject: x\nMIME-Version: 1.0\n"

    /// A mail whose second part it is.
    static func mail(_ part: String) -> String {
        head + "Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: text/plain\n\nSee the file.\n--out\n" + part + "\n--out--\n"
    }

    package static func base64(_ octets: some Sequence<UInt8>) -> String {
        Data(octets).base64EncodedString(options: [.lineLength76Characters, .endLineWithLineFeed])
    }

    static func file(_ header: String, _ octets: some Sequence<UInt8>) -> String { mail(header + "\nContent-Transfer-Encoding: base64\n\n" + base64(octets)) }

    /// The mail with boundaries that libclamav 1.4.6 does not open.
    static func hostile(_ octets: [UInt8]) -> String {
        (head + "Content-Type: multipart/mixed; boundary=X\nContent-Type: multipart/mixed; boundary=Y\n\n--X\nContent-Type: text/plain\n\nnothing\n--X--\n--Y\n"
            + "Content-Type: application/octet-stream; name=f.bin\nContent-Transfer-Encoding: base64\n\n" + base64(octets) + "\n--Y--\n").replacing("\n", with: "\r\n")
    }

    static let data = "Content-Type: application/octet-stream; name=f.bin", text = "Content-Type: text/plain"

    /// Mails that are files.
    package static func inMail(_ octets: [UInt8]) -> [HiddenFile] {
        let inner = hostile(octets), padded = (0..<300).map { "X-\($0): \(String(repeating: "filling ", count: 9))\r\n" }.joined() + inner
        let twice = file("Content-Type: application/octet-stream; name=y.eml", Array(inner.utf8)).replacing("boundary=out", with: "boundary=X\nContent-Type: multipart/mixed; boundary=out")
        return [
            HiddenFile("a mail of another type", file("Content-Type: application/octet-stream; name=x.eml", Array(inner.utf8))),
            HiddenFile("a mail of another type, without a name", file("Content-Type: application/octet-stream", Array(inner.utf8))),
            HiddenFile("a mail that is a text", mail("Content-Type: text/plain; name=x.eml\n\n" + inner)),
            HiddenFile("a mail without a type", mail("Content-Disposition: attachment; filename=x.eml\n\n" + inner)),
            HiddenFile("a mail with a named type only", file("Content-Type: image/png\nContent-Disposition: attachment; filename*0*=utf-8''x; filename*1*=%2Eeml", Array(padded.utf8))),
            HiddenFile("a mail with an encoded name", file("Content-Type: image/png; name=\"=?utf-8?B?eC5lbWw=?=\"", Array(padded.utf8))),
            HiddenFile("a mail behind empty lines", file("Content-Type: application/octet-stream; name=x.eml", Array(("\r\n\r\n" + inner).utf8))),
            HiddenFile("a mail behind a byte order mark", file("Content-Type: application/octet-stream; name=x.eml", Array(("\u{feff}" + inner).utf8))),
            HiddenFile("a mail in a mail", file("Content-Type: application/octet-stream; name=x.eml", Array(twice.replacing("\n", with: "\r\n").utf8))),
            HiddenFile("a page archive", file("Content-Type: application/msword; name=x.doc", Array(inner.utf8))),
            HiddenFile("the only fragment of a mail", mail("Content-Type: message/partial; id=x; number=1; total=1\n\n" + inner)),
            HiddenFile("a mail with a body elsewhere", mail("Content-Type: message/external-body; access-type=URL\n\n" + inner)),
            HiddenFile("a message in base64", file("Content-Type: message/rfc822", Array(inner.utf8))),
            HiddenFile("a message in base64, behind an empty line", file("Content-Type: message/rfc822", Array(("\r\n" + inner).utf8))),
            HiddenFile("a message that says it is base64 and is not", mail("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + inner)),
        ]
    }

    /// Files in texts, as mail had them before MIME.
    package static func inText(_ octets: [UInt8]) -> [HiddenFile] {
        let uu = AttachedFile.uuencoded(octets), words = "Here it is:\r\n\r\n" + uu + "\r\nBye\r\n"
        let other = AttachedFile.uuencoded(Array("nothing".utf8)), posix = "Words\r\nbegin-base64 644 f.bin\r\n" + base64(octets) + "\r\n====\r\n"
        return [
            HiddenFile("uuencoded, in a text in base64", file(text, Array(words.utf8))),
            HiddenFile("uuencoded, in a quoted text", mail(text + "\nContent-Transfer-Encoding: quoted-printable\n\n" + AttachedFile.quoted(Array(words.utf8)))),
            HiddenFile("uuencoded, in a text", mail(text + "\n\n" + words)),
            HiddenFile("uuencoded, in a message that is a text in base64", head + text + "\nContent-Transfer-Encoding: base64\n\n" + base64(Array(words.utf8)) + "\n", path: "1"),
            HiddenFile("uuencoded, behind another one", file(text, Array((other + words).utf8))),
            HiddenFile("uuencoded, behind one that does not end", file(text, Array((other.replacing("end", with: "\r\nwords") + words).utf8))),
            HiddenFile("uuencoded, without an end", file(text, Array(words.replacing("\r\n`\r\nend", with: "").utf8))),
            HiddenFile("uuencoded, behind another one of a part that is uuencoded", mail(data + "\nContent-Transfer-Encoding: x-uuencode\n\n" + other + uu)),
            HiddenFile("uuencoded, in a file", file("Content-Type: application/octet-stream; name=x.uue", Array(words.utf8))),
            HiddenFile("uuencoded, in hypertext", file("Content-Type: text/html", Array(("<pre>\r\n" + words).utf8))),
            HiddenFile("the other uuencode, in a text", mail(text + "\n\n" + posix)),
            HiddenFile("the other uuencode, in a text in base64", file(text, Array(posix.utf8))),
            HiddenFile("yEnc, in a text", mail(text + "\nContent-Transfer-Encoding: 8bit\n\n@yenc@"), octets),
            HiddenFile("yEnc, in a text in base64", file(text, Array("Words\r\n".utf8) + yEncoded(octets))),
            HiddenFile("in a calendar", mail("Content-Type: text/calendar\n\n" + calendar(octets))),
            HiddenFile("in a calendar in base64", file("Content-Type: application/ics; name=invite.ics", Array(calendar(octets).utf8))),
            HiddenFile("BinHex, in a text", mail(text + "\n\nWords\n\n" + binHexed(octets))),
            HiddenFile("BinHex, in a text in base64", file(text, Array(("Words\r\n\r\n" + binHexed(octets)).utf8))),
            HiddenFile("BinHex, of its own type", mail("Content-Type: application/mac-binhex40; name=x.hqx\n\n" + binHexed(octets))),
            HiddenFile("BinHex, in a file in base64", file("Content-Type: application/octet-stream; name=x.hqx", Array(("Words\r\n\r\n" + binHexed(octets)).utf8))),
        ]
    }

    /// The one whose octets are no text.
    private init(_ description: String, _ mail: String, _ file: [UInt8]) {
        let pieces = mail.replacing("\n", with: "\r\n").components(separatedBy: "@yenc@")
        (self.description, octets, path) = (description, Array(pieces[0].utf8) + Self.yEncoded(file) + Array((pieces.last ?? "").utf8), "1.2")
    }

    /// Multiparts that are encoded as a whole, which RFC 2045 §6.4 forbids.
    package static func inMultipart(_ octets: [UInt8]) -> [HiddenFile] {
        let parts = ("--in\n" + data + "\nContent-Transfer-Encoding: base64\n\n" + base64(octets) + "\n--in--\n").replacing("\n", with: "\r\n")
        let type = "Content-Type: multipart/mixed; boundary=in"
        return [
            HiddenFile("a multipart in base64", file(type, Array(parts.utf8))),
            HiddenFile("a quoted multipart", mail(type + "\nContent-Transfer-Encoding: quoted-printable\n\n" + AttachedFile.quoted(Array(parts.utf8)))),
            HiddenFile("a message that is a multipart in base64", head + type + "\nContent-Transfer-Encoding: base64\n\n" + base64(Array(parts.utf8)) + "\n", path: "1"),
            HiddenFile("a multipart in base64, with parts as it is", mail(type + "\nContent-Transfer-Encoding: base64\n\n" + base64(Array(parts.utf8)) + "\n\n--in\n\nnothing\n--in--\n")),
            HiddenFile("a multipart in base64 in a multipart in base64", file("Content-Type: multipart/mixed; boundary=up", Array(("--up\r\n" + type + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(Array(parts.utf8)) + "\r\n--up--\r\n").utf8))),
            HiddenFile("a boundary that ends in blanks", mail("Content-Type: multipart/mixed; boundary=\"in  \"\n\n" + parts)),
            HiddenFile("delimiters that end in blanks", mail(type + "\n\n" + parts.replacing("--in\r", with: "--in \t\r"))),
        ]
    }

    /// Base64 that is not as RFC 2045 §6.8 has it.
    package static func inBase64(_ octets: [UInt8]) -> [HiddenFile] {
        let plain = base64(octets).replacing("\n", with: ""), bare = plain.replacing("=", with: ""), at = plain.index(plain.startIndex, offsetBy: 42)
        func row(_ name: String, _ body: String) -> HiddenFile { HiddenFile(name, mail(data + "\nContent-Transfer-Encoding: base64\n\n" + body)) }
        return [
            row("base64 without its padding", bare),
            row("base64 with half of its padding", bare + (plain.count - bare.count == 2 ? "=" : "")),
            row("base64 with too much padding", plain + "==="),
            row("base64 with junk in it", plain.map { "\($0)!" }.joined()),
            row("base64 with blanks before its lines", " " + plain[..<at] + "\n \t" + plain[at...]),
            row("base64 in pieces, each padded", base64(octets.prefix(10)) + "\n" + base64(octets.dropFirst(10))),
            row("base64 with a padding that some pass over", plain[..<at] + "=" + plain[at...]),
            row("base64 with paddings that some pass over", plain.enumerated().map { $0.offset % 7 == 3 ? "=\($0.element)" : "\($0.element)" }.joined()),
            row("base64 that ends at its padding", plain + (plain.hasSuffix("=") ? "" : "====") + "\n" + base64(Array("more of it".utf8))),
            row("no base64 at all", String(decoding: octets, as: UTF8.self)),
        ]
    }

    /// Transfer encodings with unusual names, and quoted-printable with unusual escapes.
    package static func inEncoding(_ octets: [UInt8]) -> [HiddenFile] {
        func row(_ name: String, _ fields: String, _ body: String) -> HiddenFile { HiddenFile(name, mail(data + "\n" + fields + "\n\n" + body)) }
        let plain = base64(octets), field = "Content-Transfer-Encoding: "
        let names = ["base64 (comment)", "(comment) base64", "\"base64\"", "base64;", "base64; x=y", "BASE64", "x-base64", "8bit, base64", "base64, 8bit", "base64 8bit", "base64.", "b", "strange", "\n base64", "base 64", "mime64"]
        let lower = octets.map { String(format: "=%02x", $0) }, quoted = octets.map { String(format: "=%02X", $0) }
        return names.map { row("encoding \($0)", field + $0, plain) } + [
            row("7bit, then base64", field + "7bit\n" + field + "base64", plain), row("base64, then 7bit", field + "base64\n" + field + "7bit", plain),
            row("a blank before the colon", "Content-Transfer-Encoding : base64", plain),
            row("strange, and quoted", field + "strange", lower.joined(separator: "=\n")), row("strange quoted-printable", field + "x-quoted-printable", lower.joined(separator: "=\n")),
            row("quoted-printable in lower case", field + "quoted-printable", lower.joined()), row("soft breaks with blanks", field + "quoted-printable", quoted.joined(separator: "= \t\n")),
            row("a soft break at the end", field + "quoted-printable", quoted.joined() + "="), row("soft breaks of CR alone", field + "quoted-printable", quoted.joined(separator: "=\r")),
        ]
    }

    /// Line ends other than CRLF, in places that count.
    package static func inLines(_ octets: [UInt8]) -> [HiddenFile] {
        let plain = base64(octets), whole = file(data, octets)
        return [
            HiddenFile("a header of a part that ends in bare CRs", mail(data + "\nContent-Transfer-Encoding: base64\r\r" + plain)),
            HiddenFile("a field behind a bare CR", mail(data + "\rContent-Transfer-Encoding: base64\n\n" + plain)),
            HiddenFile("a header of the message that ends in bare CRs", whole.replacing("boundary=out\n\n", with: "boundary=out\r\r"), path: "1"),
            HiddenFile("a mail with CRs for line ends, attached", file("Content-Type: application/octet-stream; name=x.eml", Array(hostile(octets).replacing("\r\n", with: "\r").utf8))),
        ]
    }

    /// What is known to some programs by its own form.
    package static func inFile(_ octets: [UInt8]) -> [HiddenFile] {
        let inner = Array((data + "\nContent-Transfer-Encoding: base64\n\n" + base64(octets) + "\n").replacing("\n", with: "\r\n").utf8)
        func signature(_ name: String, _ content: [UInt8]) -> HiddenFile { HiddenFile(name, file("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", content)) }
        return [
            HiddenFile("winmail.dat", file("Content-Type: application/ms-tnef; name=winmail.dat", tnef(octets))),
            signature("a signed mail in DER", signed(inner, .der)), signature("a signed mail in BER", signed(inner, .ber)), signature("a signed mail in BER in pieces", signed(inner, .pieces)),
            HiddenFile("a signed mail inside a signed mail", file("Content-Type: application/octet-stream; name=smime.p7m", signed(Array((
                "Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(signed(inner, .pieces))).replacing("\n", with: "\r\n").utf8), .der))),
            HiddenFile("AppleSingle", file("Content-Type: application/applefile; name=f", [0, 5, 0x16, 0, 0, 2, 0, 0] + [UInt8](repeating: 32, count: 16) + [0, 2, 0, 0, 0, 3, 0, 0, 0, 50, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 51]
                + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: octets.count >> $0) } + [0x66] + octets)),
        ]
    }

    package static func all(_ octets: [UInt8]) -> [HiddenFile] {
        inMail(octets) + inText(octets) + inMultipart(octets) + inBase64(octets) + inEncoding(octets) + inLines(octets) + inFile(octets)
        + behindBait(octets) + inOtherForms(octets) + behindBareCR(octets)
    }

    static func yEncoded(_ octets: [UInt8]) -> [UInt8] {
        var text = Array("=ybegin line=128 size=\(octets.count) name=f.bin\r\n".utf8)
        for (place, octet) in octets.enumerated() {
            if place % 128 == 0, place > 0 { text += [13, 10] }
            let value = octet &+ 42
            text += [0, 10, 13, 61].contains(value) ? [61, value &+ 64] : [value]
        }
        return text + Array("\r\n=yend size=\(octets.count)\r\n".utf8)
    }

    /// With a name, no resource fork, and checks that are 0.
    static func binHexed(_ octets: [UInt8]) -> String {
        let alphabet = Array("!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr")
        let size = octets.count, sizes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: size >> $0) }
        let all = [5] + Array("f.bin".utf8) + [0] + Array("BINAhDmp".utf8) + [0, 0] + sizes + [0, 0, 0, 0, 0, 0] + octets + [0, 0, 0, 0]
        let packed = all.flatMap { $0 == 0x90 ? [0x90, 0] : [$0] }
        var letters = ":"
        for at in stride(from: 0, to: packed.count, by: 3) {
            let three = (0..<3).map { at + $0 < packed.count ? Int(packed[at + $0]) : 0 }, bits = three[0] << 16 | three[1] << 8 | three[2]
            for shift in [18, 12, 6, 0].prefix(min(packed.count - at, 3) + 1) { letters.append(alphabet[bits >> shift & 63]) }
        }
        letters += ":"
        let lines = stride(from: 0, to: letters.count, by: 64).map { String(letters.dropFirst($0).prefix(64)) }
        return "(This file must be converted with BinHex 4.0)\r\n\r\n" + lines.joined(separator: "\r\n") + "\r\n"
    }

    private static func calendar(_ octets: [UInt8]) -> String {
        let text = base64(octets).replacing("\n", with: "")
        return "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;ENCODING=BASE64;VALUE=BIN\r\n ARY;X-FILENAME=\"f:f.bin\":\(text.prefix(30))\r\n \(text.dropFirst(30))\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    }

    enum Form { case der, ber, pieces }

    /// Signed by nobody.
    static func signed(_ content: [UInt8], _ form: Form) -> [UInt8] {
        func value(_ tag: UInt8, _ content: [UInt8], open: Bool = false) -> [UInt8] {
            if open { return [tag, 0x80] + content + [0, 0] }
            return content.count < 128 ? [tag, UInt8(content.count)] + content : [tag, 0x82, UInt8(content.count >> 8 & 255), UInt8(content.count & 255)] + content
        }
        let name: [UInt8] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7], isOpen = form != .der
        let half = content.count / 2, string = switch form {
        case .der, .ber: value(4, content)
        case .pieces: value(0x24, value(4, Array(content[..<half])) + value(0x24, value(4, Array(content[half...])), open: true), open: true)
        }
        let digests = value(0x31, value(0x30, [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], open: isOpen), open: isOpen)
        let inside = value(0x30, name + [1] + value(0xa0, string, open: isOpen), open: isOpen)
        return value(0x30, name + [2] + value(0xa0, value(0x30, [2, 1, 1] + digests + inside + value(0x31, []), open: isOpen), open: isOpen), open: isOpen)
    }

    private static func tnef(_ octets: [UInt8]) -> [UInt8] {
        func number(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        func attribute(_ level: UInt8, _ name: Int, _ data: [UInt8]) -> [UInt8] { [level] + number(name, 4) + number(data.count, 4) + data + number(data.reduce(0) { $0 + Int($1) } & 0xffff, 2) }
        return number(0x223e_9f78, 4) + number(1, 2) + attribute(1, 0x0008_9006, number(0x10000, 4)) + attribute(2, 0x0006_9002, [1, 0] + [UInt8](repeating: 0, count: 12))
            + attribute(2, 0x0001_8010, Array("f.bin\0".utf8)) + attribute(2, 0x0006_800f, octets)
    }
}
