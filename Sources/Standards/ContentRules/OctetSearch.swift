internal import Mail

/// Looks for octets in octets.
enum OctetSearch {
    /// Where `wanted` begins first from `start` on; nil where it does not.
    static func first(_ wanted: [UInt8], in text: ArraySlice<UInt8>, from start: Int? = nil) -> Int? {
        guard let begin = wanted.first, text.count >= wanted.count else { return nil }
        var at = start ?? text.startIndex
        let last = text.endIndex &- wanted.count
        while at <= last {
            if text[at] == begin, text[at..<(at &+ wanted.count)].elementsEqual(wanted) { return at }
            at &+= 1
        }
        return nil
    }

    /// How often `wanted` is there, at most so many times.
    static func count(_ wanted: [UInt8], in text: [UInt8], most: Int) -> Int {
        var count = 0, at = 0
        while count < most, let found = first(wanted, in: text[...], from: at) {
            count &+= 1
            at = found &+ wanted.count
        }
        return count
    }

    /// The words of ASCII letters, digits and octets above 127.
    static func words(_ text: [UInt8]) -> [ArraySlice<UInt8>] { text.split { $0 < 0x80 && !ASCII.isAlphanumeric($0) } }
}
