import DNS
import Mail
import Testing

@Suite struct TextTests {
    static let charsets: [(String, [UInt8], String, String?)] = [
        ("utf-8", Array("häß€".utf8), "häß€", nil), ("UTF8", [0xef, 0xbb, 0xbf, 0x61], "a", nil), ("us-ascii", Array("a".utf8), "a", nil), ("us-ascii", Array("ä".utf8), "ä", "invalid-charset"),
        ("iso-8859-1", [0xe9, 0x80], "é€", nil), ("windows-1251", [0xcf, 0xf0], "Пр", nil), ("koi8-r", [0xf0, 0xd2], "Пр", nil), ("gb2312", [0xc4, 0xe3], "你", nil), ("big5", [0xa7, 0x41], "你", nil),
        ("shift_jis", [0x82, 0xb1], "こ", nil), ("euc-jp", [0xa4, 0xb3], "こ", nil), ("iso-2022-jp", [0x1b, 0x24, 0x42, 0x24, 0x33, 0x1b, 0x28, 0x42], "こ", nil), ("ks_c_5601-1987", [0xb0, 0xa1], "가", nil),
        ("utf-7", Array("+AOQ-".utf8), "ä", nil), ("utf-16le", [0x61, 0, 0x62, 0], "ab", nil), ("iso-2022-cn-ext", Array("a".utf8), "a", "unknown-charset"), ("../../x", [0xe9], "é", "unknown-charset"),
        ("utf-8", [0x61, 0xff, 0x62], "a\u{fffd}b", "invalid-charset"), ("gb18030", [0x61, 0xff, 0x62], "a\u{fffd}b", "invalid-charset"), ("", [0xe9], "é", "invalid-charset"),
    ]

    @Test(arguments: charsets) func charset(_ label: String, _ octets: [UInt8], _ text: String, _ code: String?) {
        let message = Sample.part(["From: a@b.example", "Date: 1 Jan 2024 00:00:00 +0000", "Content-Type: text/plain" + (label.isEmpty ? "" : "; charset=\"\(label)\"")], octets)
        #expect(message.texts.map(\.text) == [text])
        #expect(message.defects.filter { $0.kind != .nul }.map(\.code) == (code.map { [$0] } ?? []))
    }

    static let pages: [(String, String, String)] = [
        ("<p>one</p><p>two", "one\ntwo", ""), ("a<br>b<br/>c", "a\nb\nc", ""), ("a  \r\n b", "a b", ""), ("<b>a</b>b", "ab", ""), ("<td>a</td><td>b</td>", "a b", ""),
        ("&lt;&amp;&eacute;&#8364;&#x20AC;&nbsp;&copy;", "<&é€€ ©", ""), ("&#128;&#0;&bogus;&amp", "€\u{fffd}&bogus;&", ""), ("a<!-- <b>no</b> -->b<!-->c", "abc", ""), ("a < b <3", "a < b <3", ""),
        ("<style>p{}</style>x<script>if(a<b){'</p>'}</script>y", "xy", ""), ("<head><title>T</title></head><body>x", "x", "T"), ("<div style='display: none'>h<b>i</b></div>x", "x", "hi"),
        ("<span style=\"FONT-SIZE:0px\">h</span>x", "x", "h"), ("<p hidden>h<p>x", "x", "h"), ("<div style=\"visibility:/**/hidden\">h</div>x", "x", "h"), ("<span style=\"color:#fff;background:white\">h</span>x", "x", "h"),
        ("<span style=\"font-size:10px;opacity:0.5\">v</span>", "v", ""), ("<a title='>'>x</a>", "x", ""), ("<p", "", ""), ("</", "</", ""), ("<!doctype html>x", "x", ""), ("<a href=\"x", "", ""), ("<img alt=\"x\">y", "y", ""),
    ]

    @Test(arguments: pages) func visibleText(_ page: String, _ visible: String, _ hidden: String) {
        let text = Sample.part(["Content-Type: text/html; charset=utf-8"], Array(page.utf8)).texts.first
        #expect(text?.text == visible)
        #expect(text?.hiddenText == hidden)
        #expect(text?.isHTML == true)
    }

    @Test func charsetOfThePage() {
        let page = Array("<meta http-equiv=Content-Type content=\"text/html; charset=windows-1251\">".utf8) + [0xcf, 0xf0]
        #expect(Sample.part(["Content-Type: text/html"], page).texts.map(\.text) == ["Пр"])
        #expect(Sample.part(["Content-Type: text/html; charset=koi8-r"], page).texts.map(\.text) == ["оП"])
        #expect(Sample.part(["Content-Type: text/html"], Array("<meta charset='utf-16'>ä".utf8)).texts.map(\.text) == ["ä"])
    }

    @Test func references() {
        let page = """
            <base href="https://base.example/"><a href="https://a.example/?x=1&amp;y=2">go <b>here</b></a><img src=http://i.example/p.png><form action='https://f.example'>
            <a href="&#104;ttps://e.example">x</a><meta http-equiv="Refresh" content="0; url='https://r.example/'"><iframe src="//frame.example/x"></iframe><td background="http://bg.example/">
            <a href="javascript:void(0)">n</a><a href="/relative">n</a><a href="mailto:ann@m.example?subject=x">n</a><p>and www.w.example too
            """
        let message = Sample.part(["Content-Type: text/html"], Array(page.utf8))
        #expect(message.urls.map { "\($0.place) \($0.scheme) \($0.host) \($0.linkText ?? "-")" } == [
            "base https base.example -", "link https a.example go here", "source http i.example -", "form https f.example -", "link https e.example x", "refresh https r.example -",
            "frame http frame.example -", "source http bg.example -", "link mailto m.example n", "visible http www.w.example -"])
        #expect(message.texts.first?.links.filter(\.isEscaped).map(\.target) == ["https://e.example"])
    }

    static let texts: [(String, [String])] = [
        ("see https://example.com/a, or (http://example.org/b(c)).", ["https://example.com/a", "http://example.org/b(c)"]), ("<https://example.com>", ["https://example.com"]),
        ("HTTP://EXAMPLE.COM/X", ["HTTP://EXAMPLE.COM/X"]), ("visit www.example.com!", ["www.example.com"]), ("awww.example.com", []), ("x@www.example.com", []), ("mailto:a@example.org.", ["mailto:a@example.org"]),
        ("http://", []), ("xhttp://example.com", []), ("http://a.example http://a.example", ["http://a.example"]), ("\"https://a.example/\"", ["https://a.example/"]), ("https://bücher.example/ä。", ["https://bücher.example/ä"]),
        ("ftp://f.example/x;y", ["ftp://f.example/x;y"]), ("nothing here: //x", []), ("https://a.example/x\u{a0}y", ["https://a.example/x"]),
    ]

    @Test(arguments: texts) func plainURLs(_ text: String, _ found: [String]) {
        #expect(Sample.part(["Content-Type: text/plain; charset=utf-8"], Array(text.utf8)).urls.map(\.raw) == found)
    }

    static let urls: [(String, String?)] = [
        ("https://Example.COM:8443/x", "https Example.COM example.com - 8443 false"), ("http://bank.example@192.0.2.1/", "http 192.0.2.1 - 192.0.2.1 - true"), ("http://[2001:db8::1]:80/", "http [2001:db8::1] - 2001:db8::1 80 false"),
        ("http://3221225985/", "http 3221225985 - 192.0.2.1 - false"), ("http://0xC0.0.513", "http 0xC0.0.513 - 192.0.2.1 - false"), ("http://0300.0.2.1", "http 0300.0.2.1 - 192.0.2.1 - false"), ("http://256.1.1.1", nil),
        ("https:\\\\evil.example\\x", "https evil.example evil.example - - false"), ("https:///evil.example", "https evil.example evil.example - - false"), ("//x.example/", "http x.example x.example - - false"),
        ("http://ex%61mple.com/", "http ex%61mple.com example.com - - false"), ("http://a\tb.example/", "http ab.example ab.example - - false"), ("javascript:alert(1)", nil), ("data:text/html,x", nil), ("cid:x@y", nil), ("/a/b", nil), ("", nil),
        ("http:// ", nil), ("http://a b/", nil), ("http://x:99999/", nil), ("mailto:ann@example.org?cc=x", "mailto example.org example.org - - false"), ("mailto:ann", nil), ("http://bücher.example", "http bücher.example xn--bcher-kva.example - - false"),
        ("http://a..b/", nil), ("http://[::1/", nil), ("https://user:pw@h.example/", "https h.example h.example - - true"), ("http://h.example?q@x", "http h.example h.example - - false"), ("http://h.example#@x", "http h.example h.example - - false"),
    ]

    @Test(arguments: urls) func url(_ text: String, _ wanted: String?) {
        let found = MailURL(text).map { "\($0.scheme) \($0.host) \($0.domain?.text ?? "-") \($0.address?.description ?? "-") \($0.port.map { String($0) } ?? "-") \($0.hasUserInfo)" }
        #expect(found == wanted)
    }
}
