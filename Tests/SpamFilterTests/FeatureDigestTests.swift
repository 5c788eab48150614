import Mail
import SpamFilter
import TestSupport
import Testing

/// Features are kept with messages, and models are shipped: whoever changes one of them says so here, and learns anew.
@Suite struct FeatureDigestTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String, text: String, digest: UInt64
        var findings: [String] = []

        var testDescription: String { name }
    }

    private static let head = [
        "Return-Path: <ann@example.com>", "Received: from mx.example.org (localhost [127.0.0.1]) by mx.example.org (Postfix) with LMTP id 4; Mon, 2 Mar 2026 10:00:01 +0000",
        "Received: from dsl-12-34-56.example.net (dsl-12-34-56.example.net [192.0.2.9])\r\n\tby mx.example.org (Postfix) with ESMTPS id 123456789\r\n\tfor <bob@example.org>; Mon, 2 Mar 2026 10:00:00 +0000",
        "From: \"Ann Miller\" <ann.miller99@mail.example.co.uk>", "Reply-To: <offers@other.example>", "Sender: list@lists.example", "To: bob@example.org, carol@example.org", "Cc: dave@example.net",
        "Date: Mon, 2 Mar 2026 09:59:58 +0100 (CET)", "Message-ID: <20260302.0959$58$7@example.co.uk>", "X-Mailer: Writer 5.2 (Build 7)", "User-Agent: Mutt/2.1", "MIME-Version: 1.0",
    ].joined(separator: "\r\n") + "\r\n"

    static let rows = [
        Row(name: "nothing", text: "", digest: 0x547c_e9c6_df7e_e3dc),
        Row(name: "no header", text: "\r\n\r\nhello", digest: 0x4d1e_b901_8d21_93c6),
        Row(name: "a letter", text: head + "Subject: Re: lunch, Bob!\r\nIn-Reply-To: <1@example.org>\r\n\r\nDear Bob,\r\n\r\n> shall we?\r\nYes: at 12:30, $5 each!\r\n\r\n-- \r\nAnn\r\n", digest: 0xdf0a_3269_d8ce_b9f3),
        Row(name: "findings", text: head + "Subject: x\r\n\r\nclick\r\n", digest: 0x3822_cd59_dcec_edf9, findings: ["spf.fail", "url.shortener", "dmarc.fail", "spf.fail"]),
        Row(name: "encoded subject", text: head + "Subject: =?utf-8?B?0J/RgNC40LLQtdGCLCDQvNC40YA=?= =?iso-8859-1?Q?caf=E9_100=25_FREE?=\r\n\r\nунсубскрайб, vi\u{430}gra \u{1d5ee}\u{1d5ef} f\u{200b}ree\r\n", digest: 0x147a_0c39_73ea_6ec0),
        Row(name: "no blanks between words", text: head + "Subject: 今日\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n今日はとても良い天気ですね。明日も晴れるでしょう\u{3000}“quoted” — dash\r\n", digest: 0x4f0c_95af_d967_5dc5),
        Row(name: "alternatives", text: head + "Subject: FREE MONEY NOW\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\ngarden letter\r\n--b\r\n"
            + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p style=3D\"color:red\">Cheap <b>pills</b> <span style=3D\"display:none\">hidden words of a novel</span>"
            + "<a href=3D\"http://bit.example/x?y=3D1\">https://bank.example/login</a> <a href=3D\"http://192.0.2.1/a\">here</a><img src=3D\"http://track.example.co.uk/p.gif\"> <a href=3D\"mailto:a@b.example\">mail</a></p>\r\n--b--\r\n", digest: 0x15b2_0889_7dc0_53fe),
        Row(name: "base64 and a file", text: head + "Subject: bill\r\nContent-Type: multipart/mixed; boundary=\"x y\"\r\n\r\npreamble\r\n--x y\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + "WW91ciBiaWxsIGlzIGF0dGFjaGVkLCBwbGVhc2UgcGF5IGl0IHNvb24uIENsaWNrIGh0dHA6Ly9wYXkuZXhhbXBsZS9ub3c=\r\n--x y\r\nContent-Type: application/pdf; name=bill.pdf\r\nContent-Disposition: attachment; filename=bill.pdf\r\n"
            + "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--x y\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--x y\r\nContent-Type: text/html\r\n\r\n<p>the last words</p>\r\n--x y--\r\n", digest: 0x8c19_12ca_9341_7060),
        Row(name: "bare line feeds, an address for a name", text: (head + "Subject: \r\n\r\none\r\ntwo\r\n").split(separator: "\r\n", omittingEmptySubsequences: false).joined(separator: "\n"), digest: 0x9328_a074_1744_16f2),
        Row(name: "a long letter", text: head + "Subject: long\r\n\r\n" + (0..<1_500).map { "we met in garden \($0) and talked of the weather of \($0 * 7919 % 1000)!\r\n" }.joined() + "buy cheap replica pills\r\n", digest: 0xf143_4673_e630_4d56),
        Row(name: "many fields and links", text: head + (0..<120).map { "X-Field-\($0 % 50): a\($0) b=\($0 * 31) =?utf-8?q?w\($0)_x?= \($0 * 104_729)abcdefgh\r\n" }.joined() + "Content-Type: text/html\r\n\r\n"
            + (0..<60).map { "<a href=\"https://www.s\($0 % 45).example.com.br/p/\($0)?id=\($0 * 7)\">x</a>" }.joined(separator: "\r\n"), digest: 0xdaca_f462_3532_7283),
    ]

    @Test(arguments: rows) func featuresStayWhatTheyAre(_ row: Row) {
        let digest = Self.digest(FeatureReader().features(of: Message(octets: Array(row.text.utf8)), findings: row.findings))
        #expect(digest == row.digest, "\(row.name): 0x\(String(digest, radix: 16))")
    }

    /// The opinion of a model that has learned sample post, bit by bit.
    @Test func opinionsStayWhatTheyAre() {
        var generator = SeededGenerator(3), digest = Self.start
        let model = SamplePost.model(40)
        for place in 0..<20 {
            let features = SamplePost.features(isSpam: place.isMultiple(of: 2), &generator), opinion = model.judge(features)
            for number in opinion.views + [opinion.bayes, opinion.known, opinion.knownText, opinion.logit] { Self.add(number.bitPattern, &digest) }
            Self.add(Self.digest(features), &digest)
        }
        #expect(digest == 0xacd2_a6ae_651d_180a, "0x\(String(digest, radix: 16))")
    }

    /// Of all features in their order, and of where the views end.
    private static func digest(_ features: MessageFeatures) -> UInt64 {
        var digest = start
        for hash in features.hashes { add(UInt64(hash), &digest) }
        for end in features.ends { add(UInt64(end), &digest) }
        return digest
    }

    private static let start: UInt64 = 0xcbf2_9ce4_8422_2325

    private static func add(_ number: UInt64, _ digest: inout UInt64) { digest = ((digest ^ number) &* 0x100_0000_01b3).byteSwapped &* 0x9e37_79b9_7f4a_7c15 }
}
