internal import CLinux

// Unsafe and sound: what is searched and what is sought are there as long as the search lasts, which stays within their counts.
extension ArraySlice<UInt8> {
    /// Whether the octets of `other`, which are one or more, are somewhere among these.
    func contains(_ other: ArraySlice<UInt8>) -> Bool {
        guard !other.isEmpty else { return false }
        return unsafe withUnsafeBytes { octets in
            unsafe other.withUnsafeBytes { other in unsafe memmem(octets.baseAddress, octets.count, other.baseAddress, other.count) != nil }
        }
    }

    func contains(_ text: StaticString) -> Bool { place(of: text) != nil }

    /// Where the first `text` begins.
    func place(of text: StaticString) -> Int? {
        unsafe withUnsafeBytes { octets in
            guard let start = octets.baseAddress, let found = unsafe memmem(start, octets.count, text.utf8Start, text.utf8CodeUnitCount) else { return nil }
            return unsafe startIndex + (UnsafeRawPointer(found) - start)
        }
    }
}
