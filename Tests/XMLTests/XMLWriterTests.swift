import TestSupport
import Testing
import XML

@Suite struct XMLWriterTests {
    @Test func aDocument() {
        var writer = XMLWriter()
        writer.begin("a", [("xmlns", "urn:x"), ("b", "<&\"'\n>")])
        writer.element("c", "1 < 2 & \"3\" ]]>")
        writer.element("d", "")
        writer.element("e", nil)
        writer.begin("f")
        writer.element("g", "\0\u{1}\u{b}é\u{fffe}\u{ffff}😀\r\n")
        writer.end()
        writer.end()
        writer.end()
        #expect(String(decoding: writer.octets, as: UTF8.self) == """
            <?xml version="1.0" encoding="UTF-8"?>
            <a xmlns="urn:x" b="&lt;&amp;&quot;'&#10;&gt;">
              <c>1 &lt; 2 &amp; "3" ]]&gt;</c>
              <d></d>
              <f>
                <g>é😀&#13;
            </g>
              </f>
            </a>

            """)
    }

    /// What a document can hold is read back as it was.
    @Test func textsAreReadBack() throws {
        var generator = SeededGenerator(11)
        func random(_ below: Int) -> Int { Int.random(in: 0..<below, using: &generator) }
        for _ in 0..<3_000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<random(20) {
                let value = random(4) == 0 ? random(0x11_0000) : random(4) == 0 ? random(0x20) : 0x20 + random(0x60)
                if let scalar = Unicode.Scalar(UInt32(value)) { scalars.append(scalar) }
            }
            let text = String(scalars), kept = String(String.UnicodeScalarView(scalars.filter(XMLWriter.isAllowed)))
            var writer = XMLWriter()
            writer.begin("a", [("b", text)])
            writer.element("c", text)
            writer.end()
            var reader = try XMLReader(writer.octets)
            guard case .start(let tag) = try reader.next() else { Issue.record("no element"); return }
            let element = try reader.element(tag)
            #expect(tag.value("b").map { Array($0.utf8) } == Array(kept.utf8))
            #expect(element.children.map { Array($0.text.utf8) } == [Array(kept.utf8)])
        }
    }
}
