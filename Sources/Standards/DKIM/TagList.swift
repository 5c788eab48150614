internal import Mail

/// Why octets are no list of tags.
package struct TagListFault: Error, Sendable, Hashable, CustomStringConvertible {
    package let description: String
}

/// A list of `name=value`, as signatures, key records and policies have it.
/// Source: RFC 6376 §3.2; RFC 8616 §3 for octets above 127 in values.
package struct TagList: Sendable {
    package struct Tag: Sendable {
        /// As written: names are compared with their case.
        package let name: String
        /// Without white space and line breaks at its ends; those inside stay.
        package let value: ArraySlice<UInt8>
        /// Where all lies that is between `=` and the next `;`, in the indices of what was read.
        package let place: Range<Int>
    }

    /// In their order, each name once.
    package let tags: [Tag]
    /// What a tolerant reading passed over, in order.
    package let faults: [TagListFault]

    /// Reads a list; anything wrong anywhere makes the whole invalid.
    /// - Parameters:
    ///   - octets: the value of a field without its last line break, or the text of a record.
    ///   - most: tags that may be there.
    /// - Throws: the first fault.
    package init(_ octets: ArraySlice<UInt8>, most: Int = DKIMLimits().tags) throws(TagListFault) {
        self.init(reading: octets, most: most, isTolerant: false)
        if let fault = faults.first { throw fault }
    }

    /// Reads what can be read: a tag that is none is passed over, and of two with the same name the first counts. DMARC's policies are read so.
    /// Source: RFC 7489 §6.3.
    package static func tolerant(_ octets: ArraySlice<UInt8>, most: Int = DKIMLimits().tags) -> TagList {
        TagList(reading: octets, most: most, isTolerant: true)
    }

    private init(reading octets: ArraySlice<UInt8>, most: Int, isTolerant: Bool) {
        var tags: [Tag] = [], faults: [TagListFault] = [], start = octets.startIndex
        tags.reserveCapacity(min(most, 12))
        reading: while true {
            let end = Self.end(octets, start)
            let isLast = end == octets.endIndex
            do throws(TagListFault) {
                if let tag = try Self.tag(octets[start..<end], isLast: isLast && !tags.isEmpty) {
                    guard tags.count < most else { throw TagListFault(description: "more than \(most) tags") }
                    if tags.indices.contains(where: { tags[$0].name == tag.name }) { throw TagListFault(description: "\(tag.name)= is there twice") }
                    tags.append(tag)
                }
            } catch {
                faults.append(error)
                if !isTolerant || faults.count >= most { break reading }
            }
            if isLast { break }
            start = end + 1
        }
        self.tags = tags
        self.faults = faults
    }

    private static func end(_ octets: ArraySlice<UInt8>, _ start: Int) -> Int {
        octets[start...].firstIndex(of: ASCII.semicolon) ?? octets.endIndex
    }

    /// - Parameter isLast: behind the last `;` there may be nothing.
    private static func tag(_ spec: ArraySlice<UInt8>, isLast: Bool) throws(TagListFault) -> Tag? {
        let text = trimmed(spec)
        if text.isEmpty {
            if isLast { return nil }
            throw TagListFault(description: "an empty tag")
        }
        guard let equals = text.firstIndex(of: ASCII.equals) else { throw TagListFault(description: "a tag without = (\(shown(text)))") }
        let name = trimmed(text[..<equals])
        guard let first = name.first, ASCII.isLetter(first), name.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 95 }) else {
            throw TagListFault(description: "the name of a tag is malformed (\(shown(name)))")
        }
        let value = trimmed(text[(equals + 1)...])
        if let bad = value.first(where: { $0 < 32 && !ASCII.isFolding($0) || $0 == 127 }) {
            throw TagListFault(description: "a control character (\(shown([bad]))) in \(ASCII.text(name))=")
        }
        return Tag(name: ASCII.text(name), value: value, place: (equals + 1)..<spec.endIndex)
    }

    /// Without folding white space at either end.
    private static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var start = octets.startIndex, end = octets.endIndex
        while start < end, ASCII.isFolding(octets[start]) { start += 1 }
        while end > start, ASCII.isFolding(octets[end - 1]) { end -= 1 }
        return octets[start..<end]
    }

    package subscript(name: String) -> Tag? {
        for place in tags.indices where tags[place].name == name { return tags[place] }
        return nil
    }

    /// The list as text that reads as the same list.
    package var text: [UInt8] {
        var text: [UInt8] = []
        for tag in tags {
            if !text.isEmpty { text += [ASCII.semicolon, ASCII.space] }
            text += Array(tag.name.utf8) + [ASCII.equals] + tag.value
        }
        return text
    }
}

extension TagList: Equatable {
    /// Whether both have the same tags with the same values in the same order, wherever they were read from.
    package static func == (a: TagList, b: TagList) -> Bool {
        a.tags.count == b.tags.count && zip(a.tags, b.tags).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}
