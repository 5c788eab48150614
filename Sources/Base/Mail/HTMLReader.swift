/// Reads the visible text and the references of an HTML document, one pass, without building a tree.
/// Source: WHATWG HTML §13.2.5 (tokenization). No tree is built, so nothing is moved as §13.2.6 would move it.
/// Limits: ``MessageLimits/htmlDepth``, ``MessageLimits/htmlTags``, ``MessageLimits/htmlAttributes``, ``MessageLimits/urlOctets``.
struct HTMLReader {
    let source: [UInt8]
    let limits: MessageLimits
    /// Octets of text to be written at most.
    let room: Int
    private(set) var visible: [UInt8] = [], hidden: [UInt8] = [], links: [HTMLLink] = []
    private(set) var met: Set<MessageLimit> = [], facts = HTMLFacts()
    private var at = 0, tags = 0, pendingBlank = false
    private var open: [Element] = [], isHidden = false
    private var link: (place: Int, start: Int)? = nil, titleStart: Int? = nil

    private struct Element {
        var name: HTMLName
        var wasHidden: Bool
    }

    init(source: [UInt8], room: Int, limits: MessageLimits) {
        self.source = source
        self.limits = limits
        self.room = room
    }

    mutating func read() {
        visible.reserveCapacity(min(source.count / 2, room))
        let source = self.source, end = source.count
        while at < end {
            if visible.count &+ hidden.count >= room { met.insert(.textOctets); break }
            if tags >= limits.htmlTags { met.insert(.htmlTags); break }
            let octet = source[at]
            if octet == ASCII.less {
                if !markup() { emit(octet); at &+= 1 }
            } else if octet == 38 {
                if let found = HTMLCharacters.reference(source, at, end, inAttribute: false) {
                    if found.scalar < 128, ASCII.isAlphanumeric(UInt8(truncatingIfNeeded: found.scalar)) { facts.letterReferences &+= 1 }
                    emit(scalar: found.scalar)
                    at = found.next
                } else {
                    emit(octet)
                    at &+= 1
                }
            } else {
                emit(octet)
                at &+= 1
            }
        }
        endLink()
        while let last = hidden.last, last == ASCII.space { hidden.removeLast() }
        while let last = visible.last, last == ASCII.lf { visible.removeLast() }
    }

    // MARK: - Writing

    private mutating func emit(_ octet: UInt8) {
        if ASCII.isSpace(octet) { pendingBlank = true; return }
        if isHidden {
            if pendingBlank, !hidden.isEmpty { hidden.append(ASCII.space) }
            hidden.append(octet)
        } else {
            if pendingBlank, let last = visible.last, last != ASCII.lf { visible.append(ASCII.space) }
            visible.append(octet)
        }
        pendingBlank = false
    }

    private mutating func emit(scalar: UInt32) {
        if scalar < 128 { return emit(UInt8(truncatingIfNeeded: scalar)) }
        if scalar == 0xa0 { return emit(ASCII.space) }
        guard let known = Unicode.Scalar(scalar) else { return }
        for octet in UTF8.encode(known) ?? UTF8.encodedReplacementCharacter { emit(octet) }
    }

    private mutating func breakLine() {
        pendingBlank = false
        if isHidden {
            if let last = hidden.last, last != ASCII.space { hidden.append(ASCII.space) }
        } else if let last = visible.last, last != ASCII.lf {
            visible.append(ASCII.lf)
        }
    }

    private mutating func endLink() {
        guard let begun = link else { return }
        let text = ASCII.trimmed(visible[min(begun.start, visible.count)...].prefix(512))
        links[begun.place].text = ASCII.text(text)
        link = nil
    }

    // MARK: - Reading

    /// What begins with `<`; false where that is text.
    private mutating func markup() -> Bool {
        guard at &+ 1 < source.count else { return false }
        let next = source[at &+ 1]
        if ASCII.isLetter(next) { return startTag() }
        if next == ASCII.slash { return at &+ 2 < source.count && endTag() }
        guard next == 33 || next == ASCII.question else { return false }
        tags &+= 1
        if at &+ 3 < source.count, source[at &+ 2] == ASCII.hyphen, source[at &+ 3] == ASCII.hyphen { comment() } else { skip(past: ASCII.greater) }
        return true
    }

    private mutating func skip(past octet: UInt8) {
        while at < source.count, source[at] != octet { at &+= 1 }
        at = min(at &+ 1, source.count)
    }

    private mutating func comment() {
        let start = at, isInWord = !pendingBlank && visible.last.map(ASCII.isAlphanumeric) == true
        let isClosed = skipComment()
        facts.comments &+= 1
        facts.commentOctets &+= at &- start
        if !isClosed { facts.hasOpenComment = true }
        if isInWord, at < source.count, ASCII.isAlphanumeric(source[at]) { facts.commentsInWords &+= 1 }
    }

    /// - Returns: false where it does not end.
    private mutating func skipComment() -> Bool {
        at &+= 4
        // `<!-->` and `<!--->` are whole comments.
        if at < source.count, source[at] == ASCII.greater { at &+= 1; return true }
        var hyphens = 2
        while at < source.count {
            let octet = source[at]
            at &+= 1
            if octet == ASCII.hyphen { hyphens &+= 1 } else if octet == ASCII.greater, hyphens >= 2 { return true } else {
                hyphens = octet == 33 && hyphens >= 2 ? hyphens : 0   // `--!>`
            }
        }
        return false
    }

    private mutating func name() -> HTMLName {
        let start = at
        while at < source.count, !ASCII.isSpace(source[at]), source[at] != ASCII.greater, source[at] != ASCII.slash { at &+= 1 }
        return HTMLName(source[start..<at])
    }

    private mutating func endTag() -> Bool {
        at &+= 2
        tags &+= 1
        guard at < source.count, ASCII.isLetter(source[at]) else { skip(past: ASCII.greater); return true }
        let name = name()
        skip(past: ASCII.greater)
        if name == .a { endLink() } else if name == .title { endTitle() }
        if let place = open.lastIndex(where: { $0.name == name }) { pop(to: place) }
        if name.isBlock { breakLine() } else if name == .td || name == .th { pendingBlank = true }
        return true
    }

    private mutating func endTitle() {
        guard let start = titleStart, start <= hidden.count else { return }
        titleStart = nil
        facts.title = ASCII.text(ASCII.trimmed(hidden[start...].prefix(256)))
        facts.titleOctets &+= hidden.count &- start
    }

    private mutating func pop(to place: Int) {
        guard place < open.count else { return }
        isHidden = open[place].wasHidden
        open.removeLast(open.count &- place)
    }

    private mutating func startTag() -> Bool {
        at &+= 1
        tags &+= 1
        let name = name()
        self.facts.tags &+= 1
        var facts = HTMLAttributes(), count = 0
        attributes: while at < source.count {
            while at < source.count, ASCII.isSpace(source[at]) || source[at] == ASCII.slash { at &+= 1 }
            guard at < source.count else { break }
            if source[at] == ASCII.greater { at &+= 1; break attributes }
            let read = attribute()
            count &+= 1
            if count > limits.htmlAttributes { met.insert(.htmlAttributes); continue }
            facts.take(source[read.name], read.value, limit: limits.urlOctets)
        }
        // RFC-like nesting of HTML: these end themselves.
        if name.closesItself, let last = open.last, last.name == name { pop(to: open.count - 1) }
        if name.isBlock { breakLine() } else if name == .td || name == .th { pendingBlank = true }
        note(name, facts)
        if name == .html { self.facts.hasRoot = true }
        if name == .img { if !facts.isPixel { self.facts.images &+= 1 } } else if name == .script { self.facts.scripts &+= 1 } else if name == .input, facts.isPassword { self.facts.passwords &+= 1 }
        if name.isRawText { skipRawText(name); return true }
        guard !name.isVoid else { return true }
        if open.count >= limits.htmlDepth { met.insert(.htmlDepth); return true }
        open.append(Element(name: name, wasHidden: isHidden))
        if facts.isHidden || name == .head || name == .title { isHidden = true }
        if name == .body { isHidden = facts.isHidden }
        if name == .title, titleStart == nil, self.facts.title.isEmpty { titleStart = hidden.count }
        return true
    }

    private mutating func attribute() -> (name: Range<Int>, value: ArraySlice<UInt8>) {
        let start = at
        at &+= 1
        while at < source.count, !ASCII.isSpace(source[at]), source[at] != ASCII.greater, source[at] != ASCII.slash, source[at] != ASCII.equals { at &+= 1 }
        let name = start..<at
        while at < source.count, ASCII.isSpace(source[at]) { at &+= 1 }
        guard at < source.count, source[at] == ASCII.equals else { return (name, []) }
        at &+= 1
        while at < source.count, ASCII.isSpace(source[at]) { at &+= 1 }
        guard at < source.count else { return (name, []) }
        let mark = source[at]
        let from: Int
        if mark == ASCII.quote || mark == 39 {
            at &+= 1
            from = at
            while at < source.count, source[at] != mark { at &+= 1 }
            let value = source[from..<at]
            at = min(at &+ 1, source.count)
            return (name, value)
        }
        from = at
        while at < source.count, !ASCII.isSpace(source[at]), source[at] != ASCII.greater { at &+= 1 }
        return (name, source[from..<at])
    }

    private mutating func note(_ name: HTMLName, _ facts: HTMLAttributes) {
        switch name {
        case .a, .area:
            if name == .a { endLink() }
            guard let target = facts.href, mayAdd() else { return }
            links.append(HTMLLink(kind: .link, target: target.text, text: "", isEscaped: target.isEscaped))
            if name == .a { link = (links.count - 1, visible.count) }
        case .base: add(.base, facts.href)
        case .form: add(.form, facts.action)
        case .iframe, .frame, .embed, .object: add(.frame, facts.src ?? facts.data)
        case .meta: if facts.isRefresh { add(.refresh, facts.refreshTarget) }
        default:
            add(.source, facts.src)
            add(.source, facts.background)
            if name == .link { add(.source, facts.href) } else if name == .button || name == .input { add(.form, facts.formAction) }
        }
    }

    private func mayAdd() -> Bool { links.count < limits.urls &* 4 }

    private mutating func add(_ kind: HTMLLink.Kind, _ value: HTMLAttributes.Value?) {
        guard let value, mayAdd() else { return }
        links.append(HTMLLink(kind: kind, target: value.text, text: "", isEscaped: value.isEscaped))
    }

    /// Skips to the end tag of `script`, `style` and the like.
    private mutating func skipRawText(_ name: HTMLName) {
        while at < source.count {
            if source[at] == ASCII.less, at &+ 1 < source.count, source[at &+ 1] == ASCII.slash {
                let start = at &+ 2
                var end = start
                while end < source.count, ASCII.isLetter(source[end]), end &- start < 12 { end &+= 1 }
                if HTMLName(source[start..<end]) == name {
                    skip(past: ASCII.greater)
                    return
                }
            }
            at &+= 1
        }
    }
}
