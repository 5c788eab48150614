internal import DNS
import Glibc

/// The part of `resolv.conf` that says whom to ask.
/// Source: resolv.conf(5).
package enum ResolverFile {
    /// As many servers as the C library would use.
    static let mostServers = 3
    /// Octets read at most.
    static let longest = 65_536

    /// The servers that a file names.
    /// - Throws: `UnboundTrouble.unreadable`, or `.noServers` where the file names none.
    package static func servers(path: String) throws(UnboundTrouble) -> [NameServer] {
        let file = unsafe fopen(path, "re")
        guard let file = unsafe file else { throw .unreadable(path) }
        defer { unsafe fclose(file) }
        let text = unsafe [UInt8](unsafeUninitializedCapacity: longest) { buffer, count in
            count = unsafe fread(buffer.baseAddress, 1, longest, file)
        }
        let found = servers(in: String(decoding: text, as: UTF8.self))
        guard !found.isEmpty else { throw .noServers(path) }
        return found
    }

    /// The addresses of the first `nameserver` lines; lines that hold no plain address (a scoped one, say) do not count.
    package static func servers(in text: String) -> [NameServer] {
        var found: [NameServer] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            // A comment begins with # or ; in the first column, so no such line begins with the keyword.
            guard words.count >= 2, words[0] == "nameserver", let address = IPAddress(words[1]) else { continue }
            let server = NameServer(address)
            if !found.contains(server) { found.append(server) }
            if found.count == mostServers { break }
        }
        return found
    }
}
