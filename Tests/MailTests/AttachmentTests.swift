import Cryptography
import Mail
import Testing

@Suite struct AttachmentTests {
    static func zip(_ name: String, _ data: String = "x") -> [UInt8] {
        [0x50, 0x4b, 3, 4, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(data.utf8.count), 0, 0, 0, UInt8(data.utf8.count), 0, 0, 0, UInt8(name.utf8.count), 0, 0, 0] + Array((name + data).utf8)
    }

    static let kinds: [(ContentKind, [UInt8])] = [
        (.empty, []), (.text, Array("hello".utf8)), (.html, Array("  <!DOCTYPE HTML><p>".utf8)), (.html, Array("<script>x".utf8)), (.xml, Array("<?xml version=\"1.0\"?><a/>".utf8)), (.svg, Array("<?xml version=\"1.0\"?><svg/>".utf8)),
        (.script, Array("#!/bin/sh\n".utf8)), (.script, Array("@echo off".utf8)), (.rtf, Array("{\\rtf1".utf8)), (.pdf, Array("%PDF-1.7".utf8)), (.zip, zip("a.txt")), (.ooxml, zip("[Content_Types].xml")),
        (.ooxml, zip("a.txt") + zip("word/document.xml")), (.jar, zip("META-INF/MANIFEST.MF")), (.openDocument, zip("mimetype", "application/vnd.oasis.opendocument.text")), (.zip, Array("PK\u{5}\u{6}".utf8)),
        (.rar, Array("Rar!\u{1a}\u{7}\u{1}\u{0}".utf8)), (.sevenZip, [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]), (.gzip, [0x1f, 0x8b, 8]), (.bzip2, Array("BZh9".utf8)), (.xz, [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), (.zstd, [0x28, 0xb5, 0x2f, 0xfd]),
        (.cab, Array("MSCF".utf8)), (.ole2, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]), (.executable, Array("MZ\u{90}".utf8)), (.elf, [0x7f, 0x45, 0x4c, 0x46]), (.machO, [0xcf, 0xfa, 0xed, 0xfe]),
        (.png, [0x89, 0x50, 0x4e, 0x47]), (.jpeg, [0xff, 0xd8, 0xff, 0xe0]), (.gif, Array("GIF89a".utf8)), (.tar, [UInt8](repeating: 97, count: 257) + Array("ustar".utf8)), (.iso, [UInt8](repeating: 0, count: 32_769) + Array("CD001".utf8)),
        (.tnef, [0x78, 0x9f, 0x3e, 0x22]), (.lnk, [0x4c, 0, 0, 0, 1, 0x14, 2, 0]), (.message, Array("Received: from x".utf8)), (.unknown, [1, 2, 3]), (.webp, Array("RIFF1234WEBP".utf8)), (.pgp, Array("-----BEGIN PGP MESSAGE-----".utf8)),
    ]

    @Test(arguments: kinds) func kind(_ wanted: ContentKind, _ octets: [UInt8]) {
        #expect(ContentKind(octets: octets) == wanted)
        for end in 0..<min(octets.count, 64) { _ = ContentKind(octets: Array(octets[..<end])) }
    }

    @Test func factsOfAFile() {
        let message = Sample.message("Content-Type: application/octet-stream; name=other.bin", "Content-Disposition: attachment; filename=\"Rechnung.PDF.exe\"", "Content-Transfer-Encoding: base64", "", "TVqQAA==")
        let file = message.attachments.first
        #expect(file?.name == "Rechnung.PDF.exe")
        #expect(file?.fileExtension == "exe")
        #expect(file?.kind == .executable)
        #expect(file?.declaredType == "application/octet-stream")
        #expect(file?.size == 4)
        #expect(file?.sha256 == SHA256.digest([0x4d, 0x5a, 0x90, 0]).hexadecimal)
        #expect(file?.isInline == false)
        #expect(message.texts.isEmpty)
    }

    @Test func attachedHTMLIsReadAsText() {
        let message = Sample.message("Content-Type: application/octet-stream", "Content-Disposition: attachment; filename=a.htm", "", "<html><a href=\"https://phish.example/\">x</a>")
        #expect(message.attachments.map(\.kind) == [.html])
        #expect(message.texts.map(\.isAttachment) == [true])
        #expect(message.urls.map(\.host) == ["phish.example"])
    }

    @Test func digestDoesNotDependOnLineEnds() {
        let lines = (0..<5_000).map { "line \($0) \(String(repeating: "x", count: $0 % 90))" }
        let crlf = Message(octets: Sample.octets(lines)), lf = Message(octets: Sample.octets(lines, lineEnd: "\n"))
        #expect(crlf.digest == lf.digest)
        #expect(crlf.digest == SHA256.digest(crlf.octets))
        #expect(lf.has(.bareLF) && !crlf.has(.bareLF))
        #expect(lf.defects.first { $0.kind == .bareLF }?.count == 5_000)
        #expect(Message(octets: Array("a\n".utf8)).digest == SHA256.digest(Array("a\r\n".utf8)))
        #expect(Message(octets: Array("a\r\r\n\r".utf8)).digest == SHA256.digest(Array("a\r\r\n\r".utf8)))
    }

    @Test func lineFaultsAreCounted() {
        let octets = Array("Subject: a\r\n\r\nabc\rdefghijklmnop\u{0}qrstuv\nwxyz\r\n\u{0}\r".utf8)
        let found = Message(octets: octets).defects
        #expect(found.first { $0.kind == .bareCR }?.count == 2)
        #expect(found.first { $0.kind == .bareLF }?.count == 1)
        #expect(found.first { $0.kind == .nul }?.count == 2)
    }
}
