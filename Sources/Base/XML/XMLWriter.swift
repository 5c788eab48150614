/// Writes a document of UTF-8, indented; what XML cannot hold is dropped from texts and values.
/// Source: XML 1.0 §2.2, §2.4, §2.11.
package struct XMLWriter: Sendable {
    /// What was written so far.
    package private(set) var octets: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".utf8)
    private var open: [StaticString] = []

    package init() {}

    /// Begins an element that holds elements.
    /// - Parameter attributes: names and values.
    package mutating func begin(_ name: StaticString, _ attributes: [(name: StaticString, value: String)] = []) {
        tag(name, attributes)
        octets.append(0x0a)
        open.append(name)
    }

    /// Ends the element that was begun last.
    package mutating func end() {
        guard let name = open.popLast() else { return }
        indent()
        octets += "</\(name)>\n".utf8
    }

    /// An element that holds a text.
    package mutating func element(_ name: StaticString, _ text: String) {
        tag(name, [])
        escape(text, isValue: false)
        octets += "</\(name)>\n".utf8
    }

    /// An element that holds a text, where there is one.
    package mutating func element(_ name: StaticString, _ text: String?) {
        if let text { element(name, text) }
    }

    /// Whether a document can hold the character.
    package static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x9, 0xa, 0xd, 0x20...0xd7ff, 0xe000...0xfffd, 0x1_0000...0x10_ffff: true
        default: false
        }
    }

    private mutating func indent() { octets += repeatElement(0x20, count: open.count * 2) }

    private mutating func tag(_ name: StaticString, _ attributes: [(name: StaticString, value: String)]) {
        indent()
        octets += "<\(name)".utf8
        for attribute in attributes {
            octets += " \(attribute.name)=\"".utf8
            escape(attribute.value, isValue: true)
            octets.append(UInt8(ascii: "\""))
        }
        octets.append(UInt8(ascii: ">"))
    }

    /// A reader makes a line feed of a carriage return, and a space of each in a value, unless they are written as references.
    private mutating func escape(_ text: String, isValue: Bool) {
        for scalar in text.unicodeScalars where Self.isAllowed(scalar) {
            switch scalar {
            case "&": octets += "&amp;".utf8
            case "<": octets += "&lt;".utf8
            case ">": octets += "&gt;".utf8
            case "\"" where isValue: octets += "&quot;".utf8
            case "\r": octets += "&#13;".utf8
            case "\n" where isValue: octets += "&#10;".utf8
            case "\t" where isValue: octets += "&#9;".utf8
            default: octets += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
    }
}
