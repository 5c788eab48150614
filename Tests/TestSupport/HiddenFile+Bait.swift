import Foundation

extension HiddenFile {
    /// What is there to use up what a reader takes.
    package static func bait(_ count: Int) -> String { (0..<count).map { AttachedFile.uuencoded(Array("bait, not to be counted, \($0)".utf8)) }.joined() }

    private static let octetStream = "Content-Type: application/octet-stream; name=x.eml"

    /// Behind the first line of another file, and behind and before very many other ones.
    package static func behindBait(_ octets: [UInt8]) -> [HiddenFile] {
        let forms: [(name: String, first: String, whole: [UInt8])] = [
            ("uuencode", "begin 644 x\r\n", Array(AttachedFile.uuencoded(octets).utf8)), ("uuencode without a mode", "begin x\r\n#0V%T\r\n", Array(AttachedFile.uuencoded(octets).replacing("644 ", with: "").utf8)),
            ("begin-base64", "begin-base64 644 x\r\nAAAA\r\n", Array("begin-base64 644 f.bin\r\n\(base64(octets))\r\n====\r\n".utf8)), ("yEnc", "=ybegin line=1 size=1 name=x\r\n", yEncoded(octets)),
            ("BinHex", "(This file must be converted with BinHex 4.0)\r\n\r\n:AAAA\r\n", Array(binHexed(octets).utf8)),
            ("a calendar", "ATTACH:x\r\n", Array("ATTACH;ENCODING=BASE64:\(base64(octets).replacing("\n", with: ""))\r\n".utf8)),
        ]
        var rows: [HiddenFile] = []
        for bait in forms {
            for form in forms { rows.append(HiddenFile("\(form.name) behind a line of \(bait.name)", file(text, Array("Words\r\n\(bait.first)".utf8) + form.whole))) }
        }
        let small = String(repeating: "begin 0 x\r\n!0\r\n", count: 1_200), equal = String(repeating: AttachedFile.uuencoded(Array("the same octets again".utf8)), count: 1_200), uu = AttachedFile.uuencoded(octets)
        let inner = Array(hostile(octets).utf8), hidden = file(octetStream, inner)
        func beside(_ name: String, _ bait: String, path: String = "1.3") -> HiddenFile { HiddenFile(name, hidden.replacing("See the file.\n--out\n", with: "See the file.\n--out\n" + text + "\n\n" + bait + "\n--out\n"), path: path) }
        return rows + [
            beside("a mail behind small files", small), beside("a mail behind equal files", equal), beside("a mail behind files", bait(300)),
            HiddenFile("a mail before files", hidden.replacing("\n--out--", with: "\n--out\n\(text)\n\n\(bait(300))\n--out--")),
            HiddenFile("uuencoded, behind small files", mail("\(text)\n\n\(small)\(uu)")), HiddenFile("uuencoded, behind equal files", mail("\(text)\n\n\(equal)\(uu)")),
            HiddenFile("uuencoded, behind files", mail("\(text)\n\n\(bait(300))\(uu)")), HiddenFile("uuencoded, before files", mail("\(text)\n\n\(uu)\(bait(300))")),
            beside("with small files, a mail with other readings", small),
        ]
    }

    /// In forms of what is known that few writers use.
    package static func inOtherForms(_ octets: [UInt8]) -> [HiddenFile] {
        let uu = AttachedFile.uuencoded(octets), low = lowered(uu), inner = Array((data + "\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64(octets)).utf8), plain = base64(octets).replacing("\n", with: "")
        func calendar(_ property: String) -> String { "BEGIN:VCALENDAR\r\n\(property)\(plain)\r\nEND:VCALENDAR\r\n" }
        func signature(_ name: String, _ content: [UInt8]) -> HiddenFile { HiddenFile(name, file("Content-Type: application/pkcs7-mime; name=smime.p7m", content)) }
        func attachment(_ name: String, _ property: String) -> HiddenFile { HiddenFile(name, mail("Content-Type: text/calendar\n\n" + calendar(property))) }
        let der = signed(inner, .der), padded = (0..<300).map { "X-\($0): \(String(repeating: "filling ", count: 9))\r\n" }.joined()
        let utf16 = calendar("ATTACH;ENCODING=BASE64:").utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        // The lengths of the whole with zeros before them; that of the name in two octets.
        let long = [0x30, 0x86, 0, 0, 0, 0] + der[2...3] + der[4...], named = Array(der[..<4]) + [6, 0x81, 9] + der[6...]
        return [
            HiddenFile("uuencoded, with other letters", mail(text + "\n\n" + low)), HiddenFile("uuencoded, with other letters, in base64", file(text, Array(low.utf8))),
            HiddenFile("uuencoded, with other letters, in a part that is", mail(data + "\nContent-Transfer-Encoding: x-uuencode\n\n" + low)),
            HiddenFile("uuencoded, with words", file(text, Array(uu.replacing("file\r\n", with: "file\r\nTHIS IS TEXT\r\nand this\r\n").utf8))),
            HiddenFile("uuencoded, with a long mode", file(text, Array(uu.replacing("644", with: "100644").utf8))),
            HiddenFile("uuencoded, in a file of its type", file("Content-Type: application/x-uuencode; name=f", Array("\u{1}\r\n\(uu)".utf8))),
            HiddenFile("uuencoded, in a file of its name", file("Content-Type: application/octet-stream; name=f.uue", Array("\u{1}\r\n\(uu)".utf8))),
            signature("a signed mail with a long length", long), signature("a signed mail with a long length of its name", named),
            signature("a signed mail behind a line", signed(Array("junk line\r\n".utf8) + inner, .der)),
            signature("a signed mail in armour", Array("-----BEGIN PKCS7-----\r\n\(base64(der))\n-----END PKCS7-----\r\n".utf8)),
            attachment("in a calendar, folded in its name", "ATT\r\n ACH;ENCODING=BASE64:"), attachment("in a calendar, in quotes", "ATTACH;ENCODING=\"BASE64\";VALUE=BINARY:"),
            attachment("in a calendar, as an address", "ATTACH:data:application/octet-stream;base64,"),
            HiddenFile("in a calendar in UTF-16", file("Content-Type: text/calendar; charset=utf-16", [0xff, 0xfe] + utf16)), HiddenFile("in a calendar in UTF-16, as a file", file("Content-Type: a/b; name=x.ics", [0xff, 0xfe] + utf16)),
            HiddenFile("a mail with a dot behind its name", file("Content-Type: a/b; name=\"x.eml. .\"", Array("junk\r\n\(hostile(octets))".utf8))),
            HiddenFile("a page archive with a long header", file("Content-Type: application/msword; name=x.doc", Array("MIME-Version: 1.0\r\n\(padded)\(hostile(octets))".utf8))),
        ]
    }

    /// With a CR alone for a line end, in bodies.
    package static func behindBareCR(_ octets: [UInt8]) -> [HiddenFile] {
        let uu = "Hi\r\r" + AttachedFile.uuencoded(octets).replacing("\r\n", with: "\r"), first = Array(AttachedFile.uuencoded(octets).replacing("\r\n", with: "\r").utf8)
        let part = data + "\rContent-Transfer-Encoding: base64\r\r" + base64(octets).replacing("\n", with: "\r"), parts = "--in\r\rtext\r--in\r" + part + "\r--in--\r"
        let inner = "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n", two = inner.replacing("MIME", with: "Content-Type: multipart/mixed; boundary=no\r\nMIME") + "--no\rContent-Type: text/plain\r\rnothing\r--no--\r"
        return [
            HiddenFile("uuencoded, in lines that end with CRs, in base64", file(text, Array(uu.utf8))), HiddenFile("uuencoded, in lines that end with CRs", mail(text + "\n\n" + uu)),
            HiddenFile("uuencoded, at once in lines that end with CRs", file(text, first)),
            HiddenFile("a multipart with lines that end with CRs", mail("Content-Type: multipart/mixed; boundary=in\n\n" + parts)),
            HiddenFile("a message that is a multipart with lines that end with CRs", head + "Content-Type: multipart/mixed; boundary=in\n\n" + parts, path: "1"),
            HiddenFile("a mail with a body in lines that end with CRs", file(octetStream, Array((inner + parts).utf8))),
            HiddenFile("a mail with another reading in lines that end with CRs", file(octetStream, Array((two + parts).utf8))),
            HiddenFile("a message in a message, with lines that end with CRs", mail("Content-Type: message/rfc822\n\n" + inner + parts)),
        ]
    }

    /// The same data in letters above 96.
    private static func lowered(_ text: String) -> String {
        text.components(separatedBy: "\r\n").enumerated().map { place, line in
            line == "end" || place == 0 ? line : String(decoding: line.utf8.enumerated().map { $0.offset > 0 && (33...62).contains($0.element) ? $0.element + 64 : $0.element }, as: UTF8.self)
        }.joined(separator: "\r\n")
    }
}
