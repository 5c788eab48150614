internal import CXML

/// Reads a document event by event: no network, no document type, no entities but the five of XML, nothing on standard error.
/// Source: XML 1.0 (fifth edition), Namespaces in XML 1.0.
/// Limits: ``XMLLimits``. Octets that are not of the charset become U+FFFD.
package struct XMLReader: Sendable {
    /// Some octets were not of the charset.
    package let isRepaired: Bool
    private let tape: [UInt8], limits: XMLLimits
    /// Told after the last event.
    private let fault: XMLError?
    private var at = 0
    /// Those that stood on the tape up to here.
    private var namespaces: [String] = []

    /// - Parameter octets: UTF-8, UTF-16 with its mark, or what the XML declaration names.
    /// - Throws: ``XMLError`` for a document type, a limit of a tag, an unknown charset; what else is wrong is told at its place.
    package init(_ octets: [UInt8], limits: XMLLimits = XMLLimits()) throws(XMLError) {
        let source = try XMLSource(octets, limits: limits)
        isRepaired = source.isRepaired
        self.limits = limits
        var bounds = postern_xml_limits(depth: min(limits.depth, 255), elements: limits.elements, attributes: limits.attributes,
                                        namespaces: min(limits.namespaces, 10_000), uri: limits.namespaceOctets, value: limits.textOctets)
        var read = unsafe postern_xml_tape()
        unsafe source.octets.withUnsafeBufferPointer { unsafe postern_xml_read($0.baseAddress, $0.count, &bounds, &read) }
        defer { unsafe postern_xml_free(&read) }
        tape = unsafe Array(UnsafeBufferPointer(start: read.octets, count: read.count))
        let message = unsafe withUnsafeBytes(of: &read.message) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        fault = unsafe Self.fault(stop: read.stop, line: Int(read.line), message: message)
        if let fault, fault.reason == .documentType { throw fault }
    }

    /// Octets of memory that the events take until they are read.
    package var octetsKept: Int { tape.count }

    /// The next event; nil at the end of the document.
    /// - Throws: ``XMLError`` where the document is not read on.
    package mutating func next() throws(XMLError) -> XMLEvent? {
        while at < tape.count, tape[at] == 4 {
            at += 1
            namespaces.append(text(octets: number()))
        }
        guard at < tape.count else {
            if let fault { throw fault }
            return nil
        }
        let kind = tape[at]
        at += 1
        switch kind {
        case 1: return .start(startTag())
        case 3: return .text(text(octets: number()))
        default: return .end
        }
    }

    /// The element that `tag` begins, which ``next()`` gave just now, with all that is inside it.
    /// - Throws: ``XMLError``, also for an element that does not end.
    /// Limits: ``XMLLimits/treeElements``.
    package mutating func element(_ tag: XMLStartTag) throws(XMLError) -> XMLElement {
        var open = [XMLElement(tag)], count = 1
        while true {
            switch try next() {
            case .start(let tag):
                count += 1
                if count > limits.treeElements { throw XMLError(.limit(.treeElements), line: tag.line) }
                open.append(XMLElement(tag))
            case .text(let text):
                if !open.isEmpty { open[open.count - 1].text += text }
            case .end:
                guard let done = open.popLast() else { throw XMLError(.malformed("an end without a begin")) }
                if open.isEmpty { return done }
                open[open.count - 1].children.append(done)
            case nil:
                throw XMLError(.malformed("an element that does not end"), line: tag.line)
            }
        }
    }

    /// Passes over the rest of the element that was begun last.
    /// - Throws: ``XMLError``, also for an element that does not end.
    package mutating func skip() throws(XMLError) {
        var depth = 1
        while depth > 0 {
            switch try next() {
            case .start: depth += 1
            case .end: depth -= 1
            case .text: break
            case nil: throw XMLError(.malformed("an element that does not end"))
            }
        }
    }

    private mutating func startTag() -> XMLStartTag {
        let line = number(), namespace = uri(number()), nameOctets = number(), count = number(), name = text(octets: nameOctets)
        var attributes: [XMLAttribute] = []
        for _ in 0..<count {
            let namespace = uri(number()), nameOctets = number(), valueOctets = number(), name = text(octets: nameOctets)
            attributes.append(XMLAttribute(namespace: namespace, name: name, value: text(octets: valueOctets)))
        }
        return XMLStartTag(namespace: namespace, name: name, attributes: attributes, line: line)
    }

    private func uri(_ number: Int) -> String? { namespaces.indices.contains(number) ? namespaces[number] : nil }

    /// Four octets in the machine's order; what is missing, where the tape was cut at a limit, counts as zero.
    private mutating func number() -> Int {
        guard tape.count - at >= 4 else { at = tape.count; return 0 }
        defer { at += 4 }
        return Int(unsafe tape.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: at, as: UInt32.self) })
    }

    private mutating func text(octets count: Int) -> String {
        let end = at + min(count, tape.count - at)
        defer { at = end }
        return String(decoding: tape[at..<end], as: UTF8.self)
    }

    private static func fault(stop: Int32, line: Int, message: String) -> XMLError? {
        switch UInt32(bitPattern: stop) {
        case POSTERN_XML_WHOLE.rawValue: nil
        case POSTERN_XML_DOCTYPE.rawValue: XMLError(.documentType, line: line)
        case POSTERN_XML_DEPTH.rawValue: XMLError(.limit(.depth), line: line)
        case POSTERN_XML_ELEMENTS.rawValue: XMLError(.limit(.elements), line: line)
        case POSTERN_XML_ATTRIBUTES.rawValue: XMLError(.limit(.attributes), line: line)
        case POSTERN_XML_NAMESPACES.rawValue: XMLError(.limit(.namespaces), line: line)
        case POSTERN_XML_VALUE.rawValue: XMLError(.limit(.textOctets), line: line)
        case POSTERN_XML_MEMORY.rawValue: XMLError(.noMemory, line: line)
        default: XMLError(.malformed(message.isEmpty ? "no document" : message), line: line)
        }
    }
}
