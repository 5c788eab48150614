/// The parts of a `multipart/form-data` body, found in one pass over its octets; nothing is copied.
///
/// Line ends are CRLF and nothing else. A line that begins like a delimiter and goes on with other octets belongs to the content.
/// Source: RFC 7578, RFC 2046 §5.1.1.
package struct MultipartForm: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        /// The `name` of Content-Disposition.
        package let name: String
        package let fileName: String?
        /// The media type in lower case without parameters; nil when the part has no Content-Type.
        package let mediaType: String?
        /// Where the content lies in the body.
        package let content: Range<Int>
    }

    package struct Limits: Sendable {
        /// Parts of one form.
        package var parts = 16
        /// Octets in the header of one part.
        package var headerOctets = 8192
        package init() {}
    }

    package let parts: [Part]

    /// Reads a whole body.
    /// - Parameters:
    ///   - boundary: of the Content-Type, without the hyphens; see `boundary(of:)`.
    ///   - limits: what one form may hold.
    /// - Throws: `InvalidMultipart` that says what is wrong.
    package static func parse(_ octets: [UInt8], boundary: [UInt8], limits: Limits = Limits()) throws(InvalidMultipart) -> MultipartForm {
        guard isBoundary(boundary) else { throw InvalidMultipart("the boundary is not one of RFC 2046") }
        let delimiters = Delimiters(octets: octets, boundary: boundary)
        guard let first = delimiters.next(from: 0, atStart: true) else { throw InvalidMultipart("the boundary is nowhere in the body") }
        var parts: [Part] = [], open = first
        while !open.isLast {
            guard parts.count < limits.parts else { throw InvalidMultipart("there are more than \(limits.parts) parts") }
            guard let next = delimiters.next(from: open.end, atStart: true) else { throw InvalidMultipart("the body ends before the closing boundary") }
            parts.append(try part(octets, from: open.end, to: max(open.end, next.start), limits))
            open = next
        }
        return MultipartForm(parts: parts)
    }

    /// The boundary of a Content-Type value.
    /// - Returns: nil when the type is not `multipart/form-data` or has no boundary of 1…70 permitted characters.
    package static func boundary(of contentType: some StringProtocol) -> [UInt8]? {
        guard let value = FieldParameters(Array(contentType.utf8)[...]), value.first == "multipart/form-data", let boundary = value["boundary"].map({ Array($0.utf8) }),
              isBoundary(boundary) else { return nil }
        return boundary
    }

    private static func isBoundary(_ octets: [UInt8]) -> Bool {
        guard octets.count >= 1, octets.count <= 70, octets.last != 0x20 else { return false }
        return octets.allSatisfy { octet in
            switch octet {
            case 48...57, 65...90, 97...122: true
            case 0x20, 0x27, 0x28, 0x29, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x3a, 0x3d, 0x3f, 0x5f: true
            default: false
            }
        }
    }

    /// - Parameters:
    ///   - start: behind the delimiter's line end.
    ///   - end: where the CRLF of the next delimiter begins.
    private static func part(_ octets: [UInt8], from start: Int, to end: Int, _ limits: Limits) throws(InvalidMultipart) -> Part {
        var place = start, lines: [[UInt8]] = []
        while place < end {
            var stop = place
            while stop < end, !(octets[stop] == 0x0d && stop + 1 < end && octets[stop + 1] == 0x0a) {
                stop += 1
                guard stop - start <= limits.headerOctets else { throw InvalidMultipart("the header of a part is longer than \(limits.headerOctets) octets") }
            }
            let line = octets[place..<stop]
            place = min(stop + 2, end)
            if line.isEmpty { break }
            if line.first == 0x20 || line.first == 0x09, !lines.isEmpty { lines[lines.count - 1] += line } else { lines.append(Array(line)) }
        }
        return try part(lines, content: place..<end)
    }

    private static func part(_ lines: [[UInt8]], content: Range<Int>) throws(InvalidMultipart) -> Part {
        var name: String? = nil, fileName: String? = nil, mediaType: String? = nil
        for line in lines {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { throw InvalidMultipart("a line in the header of a part is not a field") }
            let field = String(decoding: line[..<colon], as: UTF8.self).lowercased(), value = line[(colon + 1)...]
            switch field {
            case "content-disposition":
                guard let disposition = FieldParameters(value), disposition.first == "form-data" else { throw InvalidMultipart("a part's Content-Disposition is not form-data") }
                guard name == nil, let given = disposition["name"], !given.isEmpty else { throw InvalidMultipart("a part's Content-Disposition does not give one name") }
                name = given
                fileName = disposition["filename"]
            case "content-type":
                guard mediaType == nil, let type = FieldParameters(value) else { throw InvalidMultipart("a part's Content-Type cannot be read") }
                mediaType = type.first
            case "content-transfer-encoding":
                // RFC 7578 §4.7: not used; the three that change nothing do no harm.
                guard let encoding = FieldParameters(value), ["7bit", "8bit", "binary"].contains(encoding.first) else {
                    throw InvalidMultipart("a part has a Content-Transfer-Encoding, which form-data does not use")
                }
            default: break
            }
        }
        guard let name else { throw InvalidMultipart("a part has no Content-Disposition with a name") }
        return Part(name: name, fileName: fileName, mediaType: mediaType, content: content)
    }
}

/// What is wrong with a form.
package struct InvalidMultipart: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// Finds delimiter lines. The carriage return that begins one occurs nowhere else in it, so that each octet is looked at twice at most.
private struct Delimiters {
    struct Line {
        /// Where the CRLF before the hyphens begins; of a first line, where the hyphens begin.
        let start: Int
        /// Behind the line.
        let end: Int
        let isLast: Bool
    }

    private let octets: [UInt8]
    private let dashed: [UInt8]

    init(octets: [UInt8], boundary: [UInt8]) {
        self.octets = octets
        dashed = [0x2d, 0x2d] + boundary
    }

    /// - Parameter atStart: whether `place` itself begins a line.
    func next(from place: Int, atStart: Bool) -> Line? {
        if atStart, let line = line(hyphens: place, start: place) { return line }
        var place = place
        while place + 1 < octets.count {
            if octets[place] == 0x0d, octets[place + 1] == 0x0a {
                if let line = line(hyphens: place + 2, start: place) { return line }
                place += 1
            }
            place += 1
        }
        return nil
    }

    private func line(hyphens: Int, start: Int) -> Line? {
        guard octets.count - hyphens >= dashed.count else { return nil }
        for offset in 0..<dashed.count where octets[hyphens + offset] != dashed[offset] { return nil }
        var place = hyphens + dashed.count
        var isLast = false
        if place + 1 < octets.count, octets[place] == 0x2d, octets[place + 1] == 0x2d { isLast = true; place += 2 }
        while place < octets.count, octets[place] == 0x20 || octets[place] == 0x09 { place += 1 }
        if place + 1 < octets.count, octets[place] == 0x0d, octets[place + 1] == 0x0a { return Line(start: start, end: place + 2, isLast: isLast) }
        if isLast, place == octets.count { return Line(start: start, end: place, isLast: true) }
        return nil
    }
}
