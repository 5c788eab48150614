internal import Foundation

/// JSON that every reader understands alike, before one reads it.
package enum JSONBody {
    /// Members within members that are looked into; what is deeper no reader here takes.
    private static let depth = 512

    /// Refuses what readers understand differently: another coding than UTF-8, a name twice in one object, and a comma behind which nothing comes. Whatever else is no JSON is left to who reads it.
    /// Source: RFC 8259 §4, §8.1; RFC 7493 §2.3.
    /// - Parameter part: the part of a form that it is; nil for the whole body.
    /// - Throws: `Problem` that says what is wrong, with the name that stands twice.
    package static func check(_ octets: [UInt8], part: String? = nil) throws(Problem) {
        guard octets.first != 0, octets.dropFirst().first != 0, String(validating: octets, as: UTF8.self) != nil, !octets.starts(with: [0xef, 0xbb, 0xbf]) else { throw .body("\(part.map { "The part \($0)" } ?? "The body") is not JSON in UTF-8 (RFC 8259 §8.1).", parameter: part) }
        // Of each array and object that is open: the names in it so far, nil for an array.
        var open: [Set<[UInt8]>?] = [], expectsName = false, isAfterComma = false, place = 0
        while place < octets.count {
            let octet = octets[place]
            place += 1
            switch octet {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if open.count == depth { return }
                open.append(octet == UInt8(ascii: "{") ? [] : nil)
                (expectsName, isAfterComma) = (octet == UInt8(ascii: "{"), false)
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if isAfterComma { throw .body("A comma stands before the end of an object or a list (RFC 8259 §4, §5).", parameter: part) }
                if open.popLast() == nil { return }
                expectsName = false
            case UInt8(ascii: ","):
                (expectsName, isAfterComma) = (open.last.map { $0 != nil } ?? false, true)
            case UInt8(ascii: "\""):
                let end = end(of: octets, from: place), name = octets[place..<end]
                place = min(end + 1, octets.count)
                isAfterComma = false
                guard expectsName else { continue }
                expectsName = false
                if open[open.count - 1]?.insert(plain(name)).inserted == false { throw .parameter(String(decoding: name.prefix(100), as: UTF8.self), "is given more than once") }
            case 0x20, 0x09, 0x0a, 0x0d: continue
            default: isAfterComma = false
            }
        }
    }

    /// The place of the quote that ends a text.
    private static func end(of octets: [UInt8], from begin: Int) -> Int {
        var place = begin
        while place < octets.count, octets[place] != UInt8(ascii: "\"") { place += octets[place] == UInt8(ascii: "\\") ? 2 : 1 }
        return min(place, octets.count)
    }

    /// A name without escapes, so that one that is written in two ways is one.
    private static func plain(_ name: ArraySlice<UInt8>) -> [UInt8] {
        guard name.contains(UInt8(ascii: "\\")), let text = try? JSONDecoder().decode([String].self, from: Data(Array("[\"".utf8) + name + Array("\"]".utf8))).first else { return Array(name) }
        return Array(text.utf8)
    }
}
