package import JSON
package import Mail

/// How a message is made harmless: which of its parts are replaced by notes. All else stays octet for octet.
package struct Neutralisation: Sendable, Equatable, Decodable {
    package struct Part: Sendable, Equatable, Decodable {
        /// Such as `1.2`; `1` for the whole body.
        package var path: String
        /// Its place in ``Mail/Message/parts``.
        package var place: Int
        /// At most 255 characters.
        package var fileName: String?
        /// What was found in it: signatures, or why a file is not taken; at most five, none where other parts of the whole body were to blame.
        package var found: [String]

        package init(path: String, place: Int, fileName: String?, found: [String]) { self.path = path; self.place = place; self.fileName = fileName; self.found = found }

        private enum CodingKeys: String, CodingKey { case path, place, fileName = "file_name", found }
    }

    /// In the order of the message, at least one.
    package var parts: [Part]
    /// Whether what is in a multipart and in none of its parts is gone as well.
    package var dropsStrayText: Bool

    package init(parts: [Part], dropsStrayText: Bool) { self.parts = parts; self.dropsStrayText = dropsStrayText }

    private enum CodingKeys: String, CodingKey { case parts, dropsStrayText = "drops_stray_text" }

    /// The message made harmless. Every door hands out what this makes.
    /// - Parameters:
    ///   - message: as it came.
    ///   - limits: those it was read with.
    package func octets(of message: Message, limits: MessageLimits = MessageLimits(), note: NoteTemplate, verdict: VerdictID) -> [UInt8] {
        let notes = Dictionary(parts.map { ($0.place, note.text(for: $0, verdict: verdict)) }, uniquingKeysWith: { first, _ in first })
        return message.replacing(notes, droppingStrayText: dropsStrayText, limits: limits)
    }
}

extension Neutralisation: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.parts, parts)
        json.member(CodingKeys.dropsStrayText, dropsStrayText)
        json.closeObject()
    }
}

extension Neutralisation.Part: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.openObject()
        json.member(CodingKeys.path, path)
        json.member(CodingKeys.place, place)
        json.member(CodingKeys.fileName, fileName)
        json.member(CodingKeys.found, found)
        json.closeObject()
    }
}
