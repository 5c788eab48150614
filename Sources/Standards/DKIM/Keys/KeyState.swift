internal import JSON

/// Where a signing key stands in its life.
package enum KeyState: String, Sendable, Hashable, Decodable, JSONWritable, CaseIterable {
    /// Made; its record has not been seen in the DNS.
    case pending
    /// Its record is in the DNS, and not yet for so long that everyone is sure to see it.
    case published
    /// Signs.
    case active
    /// A younger key signs in its place. Its record stays published, so that mail under way verifies.
    case retiring
    /// Signs never again; its private half is gone and its record may be taken out of the DNS.
    case retired
}
