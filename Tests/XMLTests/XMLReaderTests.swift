import TestSupport
import Testing
import XML

@Suite struct XMLReaderTests {
    struct Row: CustomTestStringConvertible, Sendable {
        let name: String, octets: [UInt8], wanted: String
        var testDescription: String { name }

        init(_ name: String, _ text: String, _ wanted: String) { self.init(name, Array(text.utf8), wanted) }
        init(_ name: String, _ octets: [UInt8], _ wanted: String) { self.name = name; self.octets = octets; self.wanted = wanted }
    }

    /// The events in a row; what stopped it after an exclamation mark.
    static func story(_ octets: [UInt8], _ limits: XMLLimits = XMLLimits()) -> String {
        var story = ""
        do throws(XMLError) {
            var reader = try XMLReader(octets, limits: limits)
            while let event = try reader.next() {
                switch event {
                case .start(let tag):
                    story += "(" + (tag.namespace.map { "{\($0)}" } ?? "") + tag.name
                    for attribute in tag.attributes { story += " " + (attribute.namespace.map { "{\($0)}" } ?? "") + "\(attribute.name)=[\(attribute.value)]" }
                    story += ":"
                case .text(let text): story += text
                case .end: story += ")"
                }
            }
            return story
        } catch { return story + "!\(error)" }
    }

    static let rows: [Row] = [
        Row("one element", "<a/>", "(a:)"),
        Row("texts and children", "<a>one<b>two</b>three</a>", "(a:one(b:two)three)"),
        Row("declaration and comments", "<?xml version='1.0'?><!-- -- --><a><?x y?><!-- > --></a>", "!line 1: not well-formed: Double hyphen within comment"),
        Row("comment and instruction", "<?xml version='1.0'?>\n<!--=='\"<b>--><a><?x <b> ?></a><!-- & -->", "(a:)"),
        Row("the five entities", "<a b='&lt;&amp;&quot;&apos;&gt;'>&lt;&amp;&quot;&apos;&gt;</a>", "(a b=[<&\"'>]:<&\"'>)"),
        Row("character references", "<a b='&#10;&#x41;'>&#13;&#x416;</a>", "(a b=[\nA]:\rЖ)"),
        Row("CDATA", "<a><![CDATA[<b>&amp;]]]]><![CDATA[>]]></a>", "(a:<b>&amp;]]>)"),
        Row("default namespace", "<a xmlns='urn:x'><b xmlns=''/></a>", "({urn:x}a:(b:))"),
        Row("prefix", "<p:a xmlns:p='urn:x' p:c='1' d='2'/>", "({urn:x}a {urn:x}c=[1] d=[2]:)"),
        Row("prefix bound to nothing", "<p:a q:c='1'/>", "(a c=[1]:)"),
        Row("UTF-8 with its mark", [0xef, 0xbb, 0xbf] + Array("<a>é</a>".utf8), "(a:é)"),
        Row("UTF-16, least octet first", [0xff, 0xfe] + "<?xml version='1.0' encoding='UTF-16'?><a>Ж😀</a>".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }, "(a:Ж😀)"),
        Row("UTF-16, most octet first", [0xfe, 0xff] + "<a>Ж</a>".utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }, "(a:Ж)"),
        Row("windows-1252", Array("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>".utf8) + [0x80, 0xe9] + Array("</a>".utf8), "(a:€é)"),
        Row("koi8-r", Array("<?xml version='1.0' encoding = 'KOI8-R' ?><a>".utf8) + [0xf6] + Array("</a>".utf8), "(a:Ж)"),
        Row("says UTF-16 and is not", "<?xml version='1.0' encoding='utf-16'?><a/>", "(a:)"),
        Row("unknown charset", "<?xml version='1.0' encoding='x-nobody'?><a/>", "!line 1: unknown charset x-nobody"),
        Row("octets that are no UTF-8", Array("<a>x".utf8) + [0xff, 0xc3] + Array("</a>".utf8), "(a:x\u{fffd}\u{fffd})"),
        Row("nothing", "", "!not well-formed: no document"),
        Row("text alone", "hello", "!line 1: not well-formed: Start tag expected, '<' not found"),
        Row("not closed", "<a>\n<b></a>", "(a:\n(b:!line 2: not well-formed: Opening and ending tag mismatch: b line 2 and a"),
        Row("cut", "<a>\n<b>x", "(a:\n(b:x!line 2: not well-formed: Premature end of data in tag b line 2"),
        Row("something after it", "<a/>\nx", "(a:)!line 2: not well-formed: Extra content at the end of the document"),
        Row("twice the same attribute", "<a b='1' b='2'/>", "!line 1: not well-formed: Attribute b redefined"),
        Row("entity of nobody", "<a>&b;</a>", "(a:!line 1: not well-formed: Entity 'b' not defined"),
        Row("null", "<a>\n\0</a>", "!line 2: not well-formed: a null character"),
        Row("null in a tag", "<a b='\0'/>", "!line 1: not well-formed: a null character"),
        Row("control character", "<a>\u{1}</a>", "(a:!line 1: not well-formed: PCDATA invalid Char value 1"),
        Row("document type", "<?xml version='1.0'?>\n<!DOCTYPE a><a/>", "!line 2: has a document type"),
        Row("document type from elsewhere", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "!line 1: has a document type"),
        Row("declaration inside", "<a><!ENTITY b 'c'></a>", "!line 1: has a document type"),
    ]

    @Test(arguments: rows) func table(_ row: Row) { #expect(Self.story(row.octets) == row.wanted) }

    static let bombs: [Row] = [
        Row("a billion laughs", "<?xml version='1.0'?>\n<!DOCTYPE l [<!ENTITY a 'ha'>" + (1...9).map { "<!ENTITY a\($0) '\(String(repeating: "&a\($0 == 1 ? "" : String($0 - 1));", count: 10))'>" }.joined() + "]><l>&a9;</l>", "line 2: has a document type"),
        Row("quadratic", "<!DOCTYPE l [<!ENTITY a '" + String(repeating: "a", count: 50_000) + "'>]><l>" + String(repeating: "&a;", count: 50_000) + "</l>", "line 1: has a document type"),
        Row("depth", String(repeating: "<a>", count: 100_000), "line 1: limit met: depth"),
        Row("attributes", "<a " + (0..<200_000).map { "a\($0)='' " }.joined() + "/>", "line 1: limit met: attributes"),
        Row("attributes that are not closed", "<a " + (0..<200_000).map { "a\($0)='>' " }.joined(), "line 1: limit met: attributes"),
        // Quotes that only one of the two who look at the mark-up takes for quotes.
        Row("attributes after a fault", "<r><a '><b " + (0..<200_000).map { "a\($0)=\"\" " }.joined() + "/></a>", "line 1: not well-formed: error parsing attribute name"),
        Row("namespaces after a fault", "<r><a '>" + (0..<200).map { level in "<b " + (0..<100).map { "xmlns:n\(level)x\($0)=\"u\" " }.joined() + ">" }.joined() + String(repeating: "<c/>", count: 500_000), "line 1: not well-formed: error parsing attribute name"),
        Row("namespaces", (0..<20).map { level in "<a " + (0..<10).map { "xmlns:n\(level)x\($0)='u' " }.joined() + ">" }.joined(), "line 1: limit met: namespaces"),
        Row("a namespace that is long, for many elements", "<a xmlns='" + String(repeating: "u", count: 1_001) + "'>" + String(repeating: "<b/>", count: 20_000) + "</a>", "line 1: limit met: namespaces"),
        Row("text", "<a>" + String(repeating: "x", count: 200_000) + "</a>", "line 1: limit met: text-octets"),
        Row("text in pieces", "<a>" + String(repeating: "é&amp;", count: 30_000) + "</a>", "line 1: limit met: text-octets"),
        Row("value", "<a b='" + String(repeating: "x", count: 70_000) + "'/>", "line 1: limit met: text-octets"),
        Row("CDATA", "<a><![CDATA[" + String(repeating: "x", count: 70_000) + "]]></a>", "line 1: limit met: text-octets"),
    ]

    @Test(arguments: bombs) func bomb(_ row: Row) {
        let story = Self.story(row.octets)
        #expect(story.split(separator: "!", omittingEmptySubsequences: false).dropFirst().joined(separator: "!") == row.wanted)
    }

    /// An element has four octets, and its namespace a thousand: what is read grows with the document, not with their product.
    @Test func aNamespaceStandsOnceForAllOfItsElements() throws {
        let uri = String(repeating: "u", count: 1_000), document = "<a xmlns='\(uri)' xmlns:n='n'>" + String(repeating: "<b/>", count: 20_000) + "<n:c n:d='e' xml:lang='f'/></a>"
        var reader = try XMLReader(Array(document.utf8)), elements = 0, theirs = 0, last: XMLStartTag? = nil
        #expect(reader.octetsKept < document.utf8.count * 5 + 2_000)
        while let event = try reader.next() {
            guard case .start(let tag) = event else { continue }
            (elements, theirs, last) = (elements + 1, theirs + (tag.namespace == uri ? 1 : 0), tag)
        }
        #expect(elements == 20_002 && theirs == 20_001 && last?.namespace == "n")
        #expect(last?.attributes.map { [$0.namespace, $0.name, $0.value] } == [["n", "d", "e"], ["http://www.w3.org/XML/1998/namespace", "lang", "f"]])
    }

    @Test func elementsAreCounted() {
        var limits = XMLLimits()
        limits.elements = 3
        #expect(Self.story(Array("<a><b/><b/></a>".utf8), limits) == "(a:(b:)(b:))")
        #expect(Self.story(Array("<a><b/>\n<b/><b/></a>".utf8), limits) == "(a:(b:)\n(b:)!line 2: limit met: elements")
        limits.octets = 10
        #expect(Self.story(Array("<a>123456789</a>".utf8), limits) == "!limit met: octets")
    }

    @Test func elementsAreReadWhole() throws {
        var reader = try XMLReader(Array("<a><b c='d'>one<e>two</e>three<e/></b><f/></a>".utf8))
        guard case .start = try reader.next(), case .start(let tag) = try reader.next() else { Issue.record("no element"); return }
        let element = try reader.element(tag)
        #expect(element.tag.value("c") == "d")
        #expect(element.text == "onethree")
        #expect(element.children.map(\.tag.name) == ["e", "e"])
        #expect(element.children.map(\.text) == ["two", ""])
        guard case .start(let next) = try reader.next() else { Issue.record("no element after it"); return }
        #expect(next.name == "f")
    }

    @Test func aWholeElementIsBounded() throws {
        var limits = XMLLimits()
        limits.treeElements = 100
        var reader = try XMLReader(Array(("<a>" + String(repeating: "<b/>", count: 101) + "</a>").utf8), limits: limits)
        guard case .start(let tag) = try reader.next() else { Issue.record("no element"); return }
        #expect(throws: XMLError.self) { try reader.element(tag) }
    }

    @Test func repairIsTold() throws {
        #expect(try XMLReader(Array("<a>x".utf8) + [0xff] + Array("</a>".utf8)).isRepaired)
        #expect(try !XMLReader(Array("<a>é</a>".utf8)).isRepaired)
    }

    /// libxml2 is made ready once, however many come at the same time.
    @Test func manyAtOnce() async {
        let octets = Array(("<a>" + String(repeating: "<b c='&amp;'>x</b>", count: 300) + "</a>").utf8), wanted = Self.story(octets)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { @concurrent in Self.story(octets) == wanted && Self.story(Array("<a>&x;".utf8)).contains("!") } }
            for await same in group { #expect(same) }
        }
    }

    /// Whatever is cut off or changed, the reader answers, and every begin before the fault has its place.
    @Test func everyCutAndManyChanges() {
        let whole = Array("<?xml version='1.0' encoding='utf-8'?><p:a xmlns:p='urn:x' b=\"&lt;c\">t<!-- c --><![CDATA[d]]>&#x41;<e f='>'/>é</p:a>\n".utf8)
        for count in 0..<(whole.count - 1) { #expect(Self.story(Array(whole.prefix(count))).contains("!"), "\(count)") }
        var generator = SeededGenerator(9)
        func random(_ below: Int) -> Int { Int.random(in: 0..<below, using: &generator) }
        let marks = Array("<>&'\"=!-[]?/;:# \0\u{ff}".utf8)
        for _ in 0..<20_000 {
            var changed = whole
            for _ in 0...random(3) { changed[random(changed.count)] = marks[random(marks.count)] }
            _ = Self.story(changed)
        }
    }
}
