/// The part of a host name that somebody registered, as far as that shows without a list of public suffixes.
package enum RegistrableName {
    /// Where that part begins: the last two labels, or, below a top label of two letters whose next label is a word by which registries
    /// sort (`co.uk`, `com.br`, `or.jp`), the last three.
    /// - Parameter host: labels with dots between, in lower case.
    /// - Returns: an index of `host`; its first where it has no more labels than that.
    package static func start(in host: ArraySlice<UInt8>) -> Int {
        let dot = UInt8(ascii: ".")
        var dots: [Int] = []
        // A dot behind the name is the root's; an address is no name.
        let host = host.last == dot ? host.dropLast() : host
        guard let last = host.last, host.first != UInt8(ascii: "["), !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(last) else { return host.startIndex }
        var at = host.endIndex
        while at > host.startIndex, dots.count < 3 {
            at &-= 1
            if host[at] == dot { dots.append(at) }
        }
        guard dots.count >= 2 else { return host.startIndex }
        if host.endIndex &- dots[0] == 3, isSorting(host[(dots[1] &+ 1)..<dots[0]]) { return dots.count == 3 ? dots[2] &+ 1 : host.startIndex }
        return dots[1] &+ 1
    }

    /// Whether registries sort by that label, below a top label of two letters.
    package static func isSorting(_ label: some Collection<UInt8>) -> Bool {
        guard label.count <= 6 else { return false }
        return words.contains(label.reduce(0) { $0 << 8 | UInt64($1) })
    }

    private static let words: Set<UInt64> = Set([
        "ac", "asn", "co", "com", "edu", "ed", "gen", "go", "gob", "gouv", "gov", "govt", "gv", "id", "info", "int", "ltd", "me",
        "mil", "msk", "muni", "name", "ne", "net", "nhs", "nom", "or", "org", "plc", "sch", "school", "spb",
    ].map { (word: String) in word.utf8.reduce(0) { $0 << 8 | UInt64($1) } })
}
