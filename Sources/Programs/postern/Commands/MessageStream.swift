import Foundation
import Learning

/// The messages of files, one after the other, as they are read.
struct MessageStream {
    /// Octets of all files, as far as they are known, and how many of them are behind.
    let total: Int
    private(set) var given = 0
    /// Messages that were empty or too large, and files that cannot be read.
    private(set) var unreadable = 0
    private var files: ArraySlice<MessageFiles>
    /// Octets of the files that were opened.
    private var opened = 0
    /// Octets of one message.
    private let limit: Int
    private var mailbox: (handle: FileHandle, cutter: MailboxCutter)?
    private var found: ArraySlice<[UInt8]> = []

    /// Octets that are read at once.
    private static let piece = 1 << 20

    init(_ files: [MessageFiles], limit: Int) {
        self.files = files[...]
        self.limit = limit
        total = files.reduce(0) { $0 + $1.size }
    }

    /// How much was given, 0 to 1; nil where that is not known.
    var share: Double? { total > 0 ? Double(given) / Double(total) : nil }

    /// - Returns: nil where there are no more.
    mutating func next() -> [UInt8]? {
        while true {
            if let message = found.popFirst() {
                given += message.count
                return message
            }
            if mailbox != nil { readMailbox(); continue }
            // What was left out of the files before is behind as well.
            given = max(given, opened)
            guard let file = files.popFirst() else { return nil }
            opened += file.size
            open(file)
        }
    }

    private mutating func open(_ file: MessageFiles) {
        guard let handle = file.path == "-" ? .standardInput : FileHandle(forReadingAtPath: file.path), let first = try? handle.read(upToCount: Self.piece), !first.isEmpty else {
            unreadable += 1
            return
        }
        if first.starts(with: Array("From ".utf8)) {
            var cutter = MailboxCutter(limit: limit)
            found = cutter.take(first)[...]
            mailbox = (handle, cutter)
            return
        }
        defer { try? handle.close() }
        var octets = Array(first)
        do {
            while octets.count <= limit, let more = try handle.read(upToCount: Self.piece), !more.isEmpty { octets += more }
        } catch {
            // A piece of a message is none.
            unreadable += 1
            return
        }
        if octets.count > limit { unreadable += 1 } else { found = [octets] }
    }

    private mutating func readMailbox() {
        guard let handle = mailbox?.handle, var cutter = mailbox?.cutter else { return }
        do {
            if let more = try handle.read(upToCount: Self.piece), !more.isEmpty {
                found = cutter.take(more)[...]
                mailbox = (handle, cutter)
                return
            }
        } catch {
            // What was cut by it is no message.
            (unreadable, mailbox) = (unreadable + 1 + cutter.leftOut, nil)
            return
        }
        found = cutter.finish().map { [$0] } ?? []
        unreadable += cutter.leftOut
        try? handle.close()
        mailbox = nil
    }
}
