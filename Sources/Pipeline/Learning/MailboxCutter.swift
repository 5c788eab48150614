internal import Mail

/// Cuts a mailbox file into its messages, as its octets come in pieces.
///
/// A message begins behind a line that begins with `From `, at the begin of the file or after an empty line; of lines that begin with `>`, and behind any number of
/// these with `From `, one `>` falls away.
/// Source: RFC 4155 Appendix A, and the form called mboxrd.
/// Limits: octets of one message; a larger one is counted and left out.
package struct MailboxCutter: Sendable {
    private let limit: Int
    private var line: [UInt8] = [], message: [UInt8] = []
    private var isInMessage = false, isAfterEmpty = true, isTooLarge = false
    /// Messages that were larger than the limit.
    package private(set) var leftOut = 0

    /// - Parameter limit: octets of one message, at least 1.
    package init(limit: Int) { self.limit = max(1, limit) }

    /// Takes a piece.
    /// - Returns: the messages that ended in it.
    package mutating func take(_ piece: some Sequence<UInt8>) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for octet in piece {
            if line.count <= limit { line.append(octet) }
            if octet == ASCII.lf, let one = endLine() { found.append(one) }
        }
        return found
    }

    /// The last message; nil where there is none, or it was too large.
    package mutating func finish() -> [UInt8]? {
        if !line.isEmpty, let one = endLine() { return one }
        return endMessage()
    }

    private static let start = Array("From ".utf8)

    private mutating func endLine() -> [UInt8]? {
        defer { line.removeAll(keepingCapacity: true) }
        if isAfterEmpty, line.starts(with: Self.start) {
            let last = endMessage()
            isInMessage = true
            isAfterEmpty = false
            return last
        }
        isAfterEmpty = line.allSatisfy { $0 == ASCII.cr || $0 == ASCII.lf }
        guard isInMessage else { return nil }
        let isQuoted = line.first == ASCII.greater && line.drop { $0 == ASCII.greater }.starts(with: Self.start)
        if message.count + line.count > limit { isTooLarge = true } else { message += isQuoted ? line.dropFirst() : line[...] }
        return nil
    }

    private mutating func endMessage() -> [UInt8]? {
        defer { (message, isInMessage, isTooLarge) = ([], false, false) }
        guard isInMessage else { return nil }
        if isTooLarge { leftOut += 1; return nil }
        // The empty line before the next one is the file's.
        if message.last == ASCII.lf { message.removeLast(message.dropLast().last == ASCII.cr ? 2 : 1) }
        if message.last != ASCII.lf { message.append(ASCII.lf) }
        return message
    }
}
