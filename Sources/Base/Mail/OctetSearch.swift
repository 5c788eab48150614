internal import CLinux

/// Looks for octets in octets.
// Unsafe and sound: what is searched and what is sought are there as long as the search lasts, which stays within their counts.
extension ArraySlice<UInt8> {
    /// Where the first `other` begins; nil where it does not, and where it has no octet.
    package func place(of other: ArraySlice<UInt8>) -> Int? {
        unsafe withUnsafeBytes { octets in
            unsafe other.withUnsafeBytes { other in
                guard let start = octets.baseAddress, other.count > 0, let found = unsafe memmem(start, octets.count, other.baseAddress, other.count) else { return nil }
                return unsafe startIndex + (UnsafeRawPointer(found) - start)
            }
        }
    }

    /// Where the first `text` begins.
    package func place(of text: StaticString) -> Int? {
        unsafe withUnsafeBytes { octets in
            guard let start = octets.baseAddress, let found = unsafe memmem(start, octets.count, text.utf8Start, text.utf8CodeUnitCount) else { return nil }
            return unsafe startIndex + (UnsafeRawPointer(found) - start)
        }
    }

    /// Whether the octets of `other`, one or more, are somewhere among these.
    package func contains(_ other: ArraySlice<UInt8>) -> Bool { place(of: other) != nil }

    package func contains(_ text: StaticString) -> Bool { place(of: text) != nil }

    /// How often `other` is there, at most so many times.
    package func count(of other: ArraySlice<UInt8>, most: Int) -> Int {
        var count = 0, rest = self
        while count < most, let found = rest.place(of: other) {
            count &+= 1
            rest = rest[(found &+ other.count)...]
        }
        return count
    }
}
