import Mail
import TestSupport
import Testing

/// What holds of any message some parts of which are replaced.
struct ReplacementTrial {
    let message: Message
    let notes: [Int: String]
    let result: [UInt8]
    let again: Message

    init(_ message: Message, _ notes: [Int: String]) {
        self.message = message
        self.notes = notes
        result = message.replacing(notes)
        again = Message(octets: result)
    }

    /// Whether the reader promises the same parts: it read all, and nothing far away tells it what is a delimiter.
    static func isSteady(_ message: Message) -> Bool { !message.defects.contains { $0.code.hasPrefix("limit-met") || $0.kind == .ambiguousDelimiter } }

    static func plain(_ text: String) -> String {
        var lines: [UInt8] = [], last: UInt8 = 0
        for octet in text.utf8 {
            if octet == 13 || octet == 10 && last != 13 { lines.append(10) } else if octet != 10 { lines.append(octet) }
            last = octet
        }
        while lines.last == 10 { lines.removeLast() }
        return String(decoding: lines, as: UTF8.self)
    }

    static func isOfContent(_ field: HeaderField) -> Bool {
        let name = field.name.lowercased()
        return name.hasPrefix("content-") && name != "content-id"
    }

    /// No bare CR, no line of blanks.
    private static func isPlain(_ field: HeaderField) -> Bool {
        let lines = String(decoding: field.rawValue, as: UTF8.self).unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.allSatisfy { !$0.dropLast().contains("\r") } && lines.dropFirst().allSatisfy { $0.contains { !" \t\r".unicodeScalars.contains($0) } }
    }

    static let written = ["content-type", "content-transfer-encoding", "content-disposition"]

    private func isGone(_ place: Int) -> Bool {
        var at = message.parts[place].parent
        while let parent = at {
            if notes[parent] != nil { return true }
            at = message.parts[parent].parent
        }
        return false
    }

    private func isEncodedMessage(_ part: MIMEPart) -> Bool { part.isContainer && part.contentType.isMessageType && !part.transferEncoding.isIdentity }

    /// - Returns: what does not hold; empty where all does.
    func faults() -> [String] {
        var found: [String] = []
        func expect(_ holds: Bool, _ what: @autoclosure () -> String) { if !holds { found.append(what()) } }
        if notes.isEmpty { expect(result == message.octets, "changed without a note") }
        outside(&found)
        guard Self.isSteady(message), Self.isSteady(again) else { return found }
        let stays = message.parts.indices.filter { !isGone($0) }
        guard again.parts.map(\.path) == stays.map({ message.parts[$0].path }) else {
            return found + ["parts are \(again.parts.map(\.path)), not \(stays.map { message.parts[$0].path })"]
        }
        var next: [Int: String] = [:]
        for (new, old) in stays.enumerated() {
            let was = message.parts[old], now = again.parts[new]
            if let note = notes[old] {
                next[new] = note
                expect(Self.plain(now.decodedText) == Self.plain(note), "\(was.path) is \(now.decodedText.debugDescription)")
                expect(now.contentType.mediaType == "text/plain" && now.disposition?.kind == "inline" && !now.isContainer, "\(was.path) is \(now.contentType.mediaType)")
                let kept = was.header.fields.filter { !Self.isOfContent($0) && Self.isPlain($0) }.map { Array($0.octets) }
                let has = now.header.fields.map { Array($0.octets) }
                expect(kept.allSatisfy { $0.last != 10 || has.contains($0) }, "\(was.path) lost a field")
                expect(now.header.fields.filter(Self.isOfContent).map { $0.name.lowercased() } == Self.written, "\(was.path) has other fields of its content")
            } else if isEncodedMessage(was) {
                let kept = was.header.fields.filter { !$0.isNamed(HeaderName("Content-Transfer-Encoding")) }.map { Array($0.octets) }
                expect(kept == now.header.fields.filter { !$0.isNamed(HeaderName("Content-Transfer-Encoding")) }.map { Array($0.octets) }, "\(was.path) has another header")
            } else {
                expect(was.headerOctets.elementsEqual(now.headerOctets), "\(was.path) has another header")
                if !was.isContainer { expect(was.decoded == now.decoded && was.transferEncoding == now.transferEncoding, "\(was.path) is not as it was") }
            }
        }
        expect(again.replacing(next) == result, "not the same when done again")
        return found
    }

    /// One part alone: what is before and behind it stays.
    private func outside(_ found: inout [String]) {
        guard notes.count == 1, let place = notes.keys.first, message.parts.indices.contains(place), message.parts[place].isInMessage else { return }
        let part = message.parts[place]
        if !isOpenAbove(part), !result.starts(with: message.octets[..<part.headerRange.lowerBound]) { found.append("what is before \(part.path) changed") }
        let behind = message.octets[max(part.bodyRange.upperBound, part.headerRange.lowerBound)...]
        if !result.suffix(behind.count).elementsEqual(behind) { found.append("what is behind \(part.path) changed") }
    }

    /// A container of the part has no empty line behind its header: it gets one.
    private func isOpenAbove(_ part: MIMEPart) -> Bool {
        var at = part.parent
        while let parent = at {
            if message.parts[parent].headerRange.upperBound == message.parts[parent].bodyRange.lowerBound { return true }
            at = message.parts[parent].parent
        }
        return false
    }

    static let notes = [
        "removed", "", "two\nlines\n", "-- \n--b\n--b--", "Grüße: „entfernt“", "From here", "a dot\n.\nend", String(repeating: "long ", count: 40), "begin 644 x", "a\r\nb\rc\n\n", "\u{0}", "tab\tand blank ",
    ]

    /// What is wrong where all that goes is what is in no part.
    static func faultsOfDropping(_ message: Message) -> [String] {
        let again = Message(octets: message.replacing([:], droppingStrayText: true))
        guard isSteady(message), isSteady(again) else { return [] }
        guard again.parts.map(\.path) == message.parts.map(\.path) else { return ["parts are \(again.parts.map(\.path)), not \(message.parts.map(\.path))"] }
        return zip(message.parts, again.parts).filter { !$0.isContainer && ($0.decoded != $1.decoded || !$0.headerOctets.elementsEqual($1.headerOctets)) }.map { "\($0.0.path) is not as it was" }
    }

    /// Tries each part alone, and some sets of parts that the number chooses.
    /// - Parameter most: parts that are tried alone.
    static func tryAll(_ octets: [UInt8], number: UInt64, sets: Int = 3, most: Int = .max, _ name: String = "") {
        let message = Message(octets: octets)
        var random = SeededGenerator(number)
        func check(_ notes: [Int: String]) {
            let faults = ReplacementTrial(message, notes).faults()
            if !faults.isEmpty { Issue.record("\(name) \(notes) of \(String(decoding: octets.prefix(4_000), as: UTF8.self).debugDescription): \(faults.prefix(4))") }
        }
        check([:])
        let faults = faultsOfDropping(message)
        if !faults.isEmpty { Issue.record("\(name) without stray text of \(String(decoding: octets.prefix(4_000), as: UTF8.self).debugDescription): \(faults.prefix(4))") }
        for place in message.parts.indices.prefix(most) { check([place: notes.randomElement(using: &random) ?? ""]) }
        for _ in 0..<(message.parts.count > 1 ? sets : 0) {
            var some: [Int: String] = [:]
            for place in message.parts.indices where Int.random(in: 0..<3, using: &random) == 0 { some[place] = notes.randomElement(using: &random) ?? "" }
            check(some)
        }
    }
}

extension ContentType {
    var isMessageType: Bool { type == "message" && (subtype == "rfc822" || subtype == "global" || subtype == "news") }
}
