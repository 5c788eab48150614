internal import CLinux
internal import Glibc

/// A message in a memory file that nobody can alter any more; given back with the value's last reference.
final class SealedFile: Sendable {
    let descriptor: Int32
    let count: Int

    /// Copies the octets.
    /// - Returns: nil where the machine has no memory or no descriptor left for it.
    init?(_ octets: [UInt8]) {
        descriptor = unsafe octets.withUnsafeBufferPointer { unsafe postern_sealed_file($0.baseAddress, $0.count) }
        count = octets.count
        if descriptor < 0 { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
