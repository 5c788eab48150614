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

    private static func set(_ names: StaticString...) -> Set<HTMLName> { Set(names.map { HTMLName($0) }) }

    private static let voids = set("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "bgsound", "frame")
    private static let blocks = set("p", "div", "br", "tr", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "table", "tbody",
                                    "blockquote", "hr", "pre", "center", "section", "article", "header", "footer", "main", "nav", "aside", "form",
                                    "fieldset", "address", "figure", "option", "body", "title", "caption", "details", "summary")
    private static let selfClosing = set("p", "li", "td", "th", "tr", "option", "dt", "dd")
    private static let rawTexts = set("script", "style", "xmp", "noembed", "noframes", "textarea", "iframe")

    var isVoid: Bool { Self.voids.contains(self) }
    var isBlock: Bool { Self.blocks.contains(self) }
    /// A second one in a row ends the first.
    var closesItself: Bool { Self.selfClosing.contains(self) }
    /// What it holds is no markup, and not shown as text.
    var isRawText: Bool { Self.rawTexts.contains(self) }
}
