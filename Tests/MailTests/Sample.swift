import Mail

/// Messages of the tests' own, in lines.
enum Sample {
    /// Lines joined with CRLF, the last one closed as well.
    static func octets(_ lines: [String], lineEnd: String = "\r\n") -> [UInt8] { Array(lines.map { $0 + lineEnd }.joined().utf8) }

    static func message(_ lines: String..., limits: MessageLimits = MessageLimits()) -> Message { Message(octets: octets(lines), limits: limits) }

    /// A part of one type with a body.
    static func part(_ header: [String], _ body: [UInt8]) -> Message { Message(octets: octets(header + [""]) + body) }

    static let kinds: [(name: String, octets: [UInt8])] = [
        ("plain", octets(["From: Ann <ann@example.org>", "To: b@example.net", "Date: Mon, 1 Jan 2024 00:00:00 +0000", "Subject: =?utf-8?q?h=C3=A9?=", "", "See https://example.com/a?b=1.", ""])),
        ("mixed", octets([
            "Received: from mx.example (mx.example [192.0.2.7]) by in.example with ESMTPS id 1; Mon, 1 Jan 2024 00:00:00 +0000",
            "From: \"A, B\" <a@example.org>, group: c@example.net, <@x,@y:d@[IPv6:2001:db8::1]>;", "MIME-Version: 1.0",
            "Content-Type: multipart/mixed; boundary=\"outer\"", "", "preamble", "--outer", "Content-Type: multipart/alternative;", " boundary=inner", "",
            "--inner", "Content-Type: text/plain; charset=iso-8859-1", "Content-Transfer-Encoding: quoted-printable", "", "caf=E9 =", "soft", "--inner",
            "Content-Type: text/html; charset=utf-8", "", "<p>Hi <a href=\"http://example.net/&amp;x\">there</a><span style=\"display:none\">secret</span>", "--inner--",
            "--outer", "Content-Type: application/pdf; name*0*=utf-8''a%20; name*1*=b.pdf", "Content-Transfer-Encoding: base64", "Content-Disposition: attachment", "",
            "JVBERi0xLjQK", "--outer", "Content-Type: message/rfc822", "", "Subject: inner", "", "text", "--outer--", "epilogue"])),
        ("encoded message", octets(["Content-Type: message/rfc822", "Content-Transfer-Encoding: base64", "", "U3ViamVjdDogaW5uZXINCg0KaGVsbG8NCg=="])),
        ("ambiguous", octets(["stray", "From: a@b.example", "Content-Type: text/plain", "what is this", "Content-Type: multipart/mixed; boundary=b", "", "--bc", "Content-Type: message/rfc822", "", "none",
            "--bd", "junk", "Content-Type: text/html", "Content-Transfer-Encoding: base64", "", "?<p>http://a.example/", "--b--", "--bc"])),
        ("uuencode", octets(["Content-Type: application/octet-stream", "Content-Transfer-Encoding: x-uuencode", "", "begin 644 a.txt", "%:&5L;&\\", "`", "end"])),
        ("broken", octets(["Content-Type: multipart/mixed; boundary=x", "Subject: =?x?b?", "From: <<,;:@\"", "", "--x", "Content-Type: multipart/mixed", "--x", "--x--", "--x", "", "=?"])),
    ]
}
