/// Character references.
/// Source: WHATWG HTML §13.5 (the names mail uses), §13.2.5.80 (numbers of windows-1252).
enum HTMLCharacters {
    /// The character that `&…` at `start` stands for; nil where it is plain text.
    /// - Parameter inAttribute: a name without its semicolon before a letter, a digit or `=` is text there.
    static func reference(_ octets: [UInt8], _ start: Int, _ end: Int, inAttribute: Bool) -> (scalar: UInt32, next: Int)? {
        var at = start &+ 1
        guard at < end else { return nil }
        if octets[at] == 35 { return number(octets, at &+ 1, end) }
        let nameStart = at
        while at < end, at &- nameStart < 10, ASCII.isAlphanumeric(octets[at]) { at &+= 1 }
        guard at > nameStart else { return nil }
        let closed = at < end && octets[at] == ASCII.semicolon
        if closed {
            guard let scalar = names[ASCII.text(octets[nameStart..<at])] else { return nil }
            return (scalar, at &+ 1)
        }
        if inAttribute { return nil }
        // Without a semicolon only the old names count, and the longest beginning wins; these five are what mail has.
        for name in ["nbsp", "quot", "amp", "lt", "gt"] where octets[nameStart..<at].starts(with: name.utf8) {
            return names[name].map { ($0, nameStart &+ name.utf8.count) }
        }
        return nil
    }

    /// The charset that a `meta` element names.
    /// Source: WHATWG HTML §13.2.3.2 (prescan): the first `charset=` within 1,024 octets, wherever it stands.
    static func declaredCharset(_ octets: [UInt8]) -> String? {
        let head = octets.prefix(1024)
        var at = head.startIndex
        while at < head.endIndex {
            guard head[at] | 32 == 99, ASCII.hasPrefix(head[at...], "charset") else { at &+= 1; continue }
            at &+= 7
            var rest = ASCII.trimmed(head[at...])
            guard rest.first == ASCII.equals else { continue }
            rest = ASCII.trimmed(rest.dropFirst()).drop { $0 == ASCII.quote || $0 == 39 }
            let label = rest.prefix { ASCII.isAlphanumeric($0) || $0 == ASCII.hyphen || $0 == 95 || $0 == ASCII.colon || $0 == ASCII.dot }
            // A page that could be read so far is no UTF-16, whatever it says.
            guard !label.isEmpty, !ASCII.hasPrefix(label, "utf-16"), !ASCII.hasPrefix(label, "utf-32") else { return nil }
            return ASCII.text(label.prefix(40))
        }
        return nil
    }

    private static func number(_ octets: [UInt8], _ start: Int, _ end: Int) -> (scalar: UInt32, next: Int)? {
        var at = start, value: UInt32 = 0, digits = 0
        let isHex = at < end && octets[at] | 32 == 120
        if isHex { at &+= 1 }
        while at < end, let digit = ASCII.hex(octets[at]), isHex || digit < 10 {
            value = min(value &* (isHex ? 16 : 10) &+ UInt32(digit), 0x11_0000)
            digits &+= 1
            at &+= 1
        }
        guard digits > 0 else { return nil }
        if at < end, octets[at] == ASCII.semicolon { at &+= 1 }
        if value >= 0x80, value < 0xa0 { value = windows[Int(value) &- 0x80] }
        if value == 0 || Unicode.Scalar(value) == nil { value = 0xfffd }
        return (value, at)
    }

    private static let windows: [UInt32] = [
        0x20ac, 0x81, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d, 0x17d, 0x8f,
        0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d, 0x17e, 0x178,
    ]

    /// The names of HTML 4 for Latin-1 from U+00A0 on, in order.
    private static let latin = """
        nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 \
        ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml \
        ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring \
        aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc \
        uuml yacute thorn yuml
        """

    private static let names: [String: UInt32] = {
        var names: [String: UInt32] = [
            "amp": 38, "AMP": 38, "lt": 60, "LT": 60, "gt": 62, "GT": 62, "quot": 34, "QUOT": 34, "apos": 39, "Tab": 9, "NewLine": 10, "excl": 33,
            "num": 35, "dollar": 36, "percnt": 37, "lpar": 40, "rpar": 41, "ast": 42, "plus": 43, "comma": 44, "period": 46, "sol": 47, "colon": 58,
            "semi": 59, "equals": 61, "quest": 63, "commat": 64, "lsqb": 91, "lbrack": 91, "bsol": 92, "rsqb": 93, "rbrack": 93, "Hat": 94,
            "lowbar": 95, "grave": 96, "lbrace": 123, "lcub": 123, "vert": 124, "verbar": 124, "rbrace": 125, "rcub": 125, "hyphen": 0x2010, "dash": 0x2010,
            "OElig": 0x152, "oelig": 0x153, "Scaron": 0x160, "scaron": 0x161, "Yuml": 0x178, "fnof": 0x192, "circ": 0x2c6, "tilde": 0x2dc,
            "ensp": 0x2002, "emsp": 0x2003, "thinsp": 0x2009, "zwnj": 0x200c, "zwj": 0x200d, "lrm": 0x200e, "rlm": 0x200f, "ZeroWidthSpace": 0x200b,
            "ndash": 0x2013, "mdash": 0x2014, "lsquo": 0x2018, "rsquo": 0x2019, "sbquo": 0x201a, "ldquo": 0x201c, "rdquo": 0x201d, "bdquo": 0x201e,
            "dagger": 0x2020, "Dagger": 0x2021, "bull": 0x2022, "hellip": 0x2026, "permil": 0x2030, "prime": 0x2032, "Prime": 0x2033, "lsaquo": 0x2039,
            "rsaquo": 0x203a, "euro": 0x20ac, "trade": 0x2122, "larr": 0x2190, "uarr": 0x2191, "rarr": 0x2192, "darr": 0x2193, "harr": 0x2194,
            "minus": 0x2212, "infin": 0x221e, "asymp": 0x2248, "ne": 0x2260, "le": 0x2264, "ge": 0x2265, "loz": 0x25ca, "spades": 0x2660,
            "clubs": 0x2663, "hearts": 0x2665, "diams": 0x2666, "check": 0x2713, "star": 0x2606, "starf": 0x2605, "phone": 0x260e,
        ]
        for (place, name) in latin.split(separator: " ").enumerated() { names[String(name)] = 0xa0 + UInt32(place) }
        return names
    }()
}
