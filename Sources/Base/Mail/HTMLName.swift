/// The name of an HTML element as a number: its first eight letters in lower case, which is enough to tell those that matter apart.
struct HTMLName: Hashable {
    let bits: UInt64

    init(_ octets: ArraySlice<UInt8>) {
        var bits: UInt64 = 0
        for octet in octets.prefix(8) { bits = bits << 8 | UInt64(ASCII.lower(octet)) }
        // Longer names do not become their beginnings.
        self.bits = octets.count > 10 ? UInt64.max : bits
    }

    private init(_ name: StaticString) {
        var bits: UInt64 = 0
        name.withUTF8Buffer { for unsafe octet in unsafe $0.prefix(8) { bits = bits << 8 | UInt64(octet) } }
        self.bits = bits
    }

    static let a = HTMLName("a"), area = HTMLName("area"), base = HTMLName("base"), form = HTMLName("form"), iframe = HTMLName("iframe")
    static let frame = HTMLName("frame"), embed = HTMLName("embed"), object = HTMLName("object"), meta = HTMLName("meta"), link = HTMLName("link")
    static let html = HTMLName("html"), head = HTMLName("head"), title = HTMLName("title"), body = HTMLName("body"), td = HTMLName("td"), th = HTMLName("th")
    static let button = HTMLName("button"), input = HTMLName("input"), img = HTMLName("img"), script = HTMLName("script")

    /// What there is to know of an element, as bits.
    private struct Kinds: OptionSet {
        let rawValue: UInt8
        static let void = Kinds(rawValue: 1), block = Kinds(rawValue: 2), closesItself = Kinds(rawValue: 4), rawText = Kinds(rawValue: 8)
    }

    /// The kinds of each name, at the place that its bits say or behind it. There are far fewer names than places.
    private struct Table {
        private static let count = 512
        private var names = [UInt64](repeating: 0, count: count), kinds = [Kinds](repeating: [], count: count)

        mutating func add(_ kind: Kinds, _ names: StaticString...) {
            for name in names {
                let bits = HTMLName(name).bits, place = place(of: bits)
                self.names[place] = bits
                kinds[place].insert(kind)
            }
        }

        func kinds(of bits: UInt64) -> Kinds { kinds[place(of: bits)] }

        private func place(of bits: UInt64) -> Int {
            var place = Int(truncatingIfNeeded: (bits &* 0x9e37_79b9_7f4a_7c15) >> 55)
            while names[place] != 0, names[place] != bits { place = (place &+ 1) & (Self.count - 1) }
            return place
        }
    }

    private static let table: Table = {
        var table = Table()
        table.add(.void, "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "bgsound", "frame")
        table.add(.block, "p", "div", "br", "tr", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody",
                  "blockquote", "hr", "pre", "center", "section", "article", "header", "footer", "main", "nav", "aside", "form",
                  "fieldset", "address", "figure", "option", "body", "title", "caption", "details", "summary")
        table.add(.closesItself, "p", "li", "td", "th", "tr", "option", "dt", "dd")
        table.add(.rawText, "script", "style", "xmp", "noembed", "noframes", "textarea", "iframe")
        return table
    }()

    private var kinds: Kinds { Self.table.kinds(of: bits) }

    var isVoid: Bool { kinds.contains(.void) }
    var isBlock: Bool { kinds.contains(.block) }
    /// A second one in a row ends the first.
    var closesItself: Bool { kinds.contains(.closesItself) }
    /// What it holds is no markup, and not shown as text.
    var isRawText: Bool { kinds.contains(.rawText) }
}
