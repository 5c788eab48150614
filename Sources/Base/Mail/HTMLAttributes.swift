/// The attributes of one tag that matter for text and references.
struct HTMLAttributes {
    struct Value {
        var text: String
        var isEscaped: Bool
    }

    private(set) var href: Value?, src: Value?, action: Value?, formAction: Value?, background: Value?, data: Value?
    /// `http-equiv="refresh"`, and the URL of its content.
    private(set) var isRefresh = false
    private(set) var refreshTarget: Value?
    /// The `hidden` attribute, or a style that hides.
    private(set) var isHidden = false
    /// `type="password"`.
    private(set) var isPassword = false
    /// Width or height are 0 or 1: nobody sees the picture.
    private(set) var isPixel = false

    /// Keeps the first of each name, as browsers do.
    mutating func take(_ name: ArraySlice<UInt8>, _ raw: ArraySlice<UInt8>, limit: Int) {
        guard let first = name.first else { return }
        switch ASCII.lower(first) {
        case 97: if action == nil, ASCII.equal(name, "action") { action = Self.value(raw, limit) }
        case 98: if background == nil, ASCII.equal(name, "background") { background = Self.value(raw, limit) }
        case 99: if refreshTarget == nil, ASCII.equal(name, "content") { refreshTarget = Self.refresh(raw, limit) }
        case 100: if data == nil, ASCII.equal(name, "data") { data = Self.value(raw, limit) }
        case 102: if formAction == nil, ASCII.equal(name, "formaction") { formAction = Self.value(raw, limit) }
        case 104:
            if href == nil, ASCII.equal(name, "href") { href = Self.value(raw, limit) }
            if ASCII.equal(name, "hidden") { isHidden = true }
            if ASCII.equal(name, "height"), Self.isOne(raw) { isPixel = true }
            if ASCII.equal(name, "http-equiv"), ASCII.equal(ASCII.trimmed(raw), "refresh") { isRefresh = true }
        case 116: if ASCII.equal(name, "type"), ASCII.equal(ASCII.trimmed(raw), "password") { isPassword = true }
        case 119: if ASCII.equal(name, "width"), Self.isOne(raw) { isPixel = true }
        case 115:
            if src == nil, ASCII.equal(name, "src") { src = Self.value(raw, limit) }
            if ASCII.equal(name, "style"), HTMLStyle.hides(raw) { isHidden = true }
        default: break
        }
    }

    /// `0`, `1`, `1px`.
    private static func isOne(_ raw: ArraySlice<UInt8>) -> Bool {
        let bare = ASCII.trimmed(raw)
        guard bare.first == 48 || bare.first == 49 else { return false }
        return bare.count == 1 || ASCII.equal(bare.dropFirst(), "px")
    }

    private static func value(_ raw: ArraySlice<UInt8>, _ limit: Int) -> Value? {
        let bounded = ASCII.trimmed(raw).prefix(limit)
        guard !bounded.isEmpty else { return nil }
        guard bounded.contains(38) else { return Value(text: ASCII.text(bounded), isEscaped: false) }
        var result: [UInt8] = [], at = bounded.startIndex, escaped = false
        let octets = Array(bounded)
        at = 0
        while at < octets.count {
            if octets[at] == 38, let found = HTMLCharacters.reference(octets, at, octets.count, inAttribute: true), let scalar = Unicode.Scalar(found.scalar) {
                if found.scalar != 38 { escaped = true }
                result += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
                at = found.next
            } else {
                result.append(octets[at])
                at += 1
            }
        }
        return Value(text: ASCII.text(result[...]), isEscaped: escaped)
    }

    /// `5; url=https://…`
    private static func refresh(_ raw: ArraySlice<UInt8>, _ limit: Int) -> Value? {
        guard let semicolon = raw.firstIndex(where: { $0 == ASCII.semicolon || $0 == ASCII.comma }) else { return nil }
        var rest = ASCII.trimmed(raw[(semicolon + 1)...])
        guard ASCII.hasPrefix(rest, "url") else { return nil }
        rest = ASCII.trimmed(rest.dropFirst(3))
        guard rest.first == ASCII.equals else { return nil }
        rest = ASCII.trimmed(rest.dropFirst())
        if let mark = rest.first, mark == ASCII.quote || mark == 39 {
            rest = rest.dropFirst()
            rest = rest[..<(rest.firstIndex(of: mark) ?? rest.endIndex)]
        }
        return value(rest, limit)
    }
}

/// Whether an inline style keeps text from the reader's eye.
/// Source: CSS 2.2 §9.2.4, §11.2, §15.7; `mso-hide` of one vendor.
enum HTMLStyle {
    /// Limits: the first 2,048 octets of the style are read.
    static func hides(_ style: ArraySlice<UInt8>) -> Bool {
        var compact: [UInt8] = [], at = style.startIndex
        let end = min(style.endIndex, style.startIndex + 2048)
        compact.reserveCapacity(end - at)
        while at < end {   // no blanks, no comments
            if style[at] == ASCII.slash, at + 1 < end, style[at + 1] == 42 {
                at += 2
                while at + 1 < end, style[at] != 42 || style[at + 1] != ASCII.slash { at += 1 }
                at += 2
                continue
            }
            if !ASCII.isSpace(style[at]) { compact.append(ASCII.lower(style[at])) }
            at += 1
        }
        var color: ArraySlice<UInt8>? = nil, background: ArraySlice<UInt8>? = nil
        var rest = compact[...]
        while !rest.isEmpty {
            let declaration = rest.prefix { $0 != ASCII.semicolon }
            rest = rest[declaration.endIndex...].dropFirst()
            guard let colon = declaration.firstIndex(of: ASCII.colon) else { continue }
            let name = declaration[..<colon]
            var value = declaration[(colon + 1)...]
            if let mark = value.firstIndex(of: 33) { value = value[..<mark] }   // !important
            if ASCII.equal(name, "display"), ASCII.equal(value, "none") { return true }
            if ASCII.equal(name, "visibility"), ASCII.equal(value, "hidden") || ASCII.equal(value, "collapse") { return true }
            if ASCII.equal(name, "mso-hide"), ASCII.equal(value, "all") { return true }
            if ASCII.equal(name, "font-size") || ASCII.equal(name, "opacity") || ASCII.equal(name, "max-height") || ASCII.equal(name, "max-width"), isZero(value) { return true }
            if ASCII.equal(name, "font-size"), ASCII.equal(value, "1px") { return true }
            if ASCII.equal(name, "text-indent"), value.first == ASCII.hyphen, value.count >= 6 { return true }
            if ASCII.equal(name, "color") { color = value }
            if ASCII.equal(name, "background-color") || ASCII.equal(name, "background") { background = value }
        }
        if let color, let background { return color == background || (isWhite(color) && isWhite(background)) }
        return false
    }

    /// `0`, `0px`, `0.0%`
    private static func isZero(_ value: ArraySlice<UInt8>) -> Bool {
        guard let first = value.first, first == 48 || first == ASCII.dot else { return false }
        for octet in value where ASCII.isDigit(octet) && octet != 48 { return false }
        return true
    }

    private static func isWhite(_ value: ArraySlice<UInt8>) -> Bool {
        ASCII.equal(value, "white") || ASCII.equal(value, "#fff") || ASCII.equal(value, "#ffffff")
    }
}
