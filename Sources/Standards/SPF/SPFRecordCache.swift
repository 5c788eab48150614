import Synchronization

/// Records that were read already, by their octets: the same policies come with every message.
///
/// Two generations of at most half the limit each; what is asked for moves into the younger one, and when that is full, the
/// older one is forgotten.
final class SPFRecordCache: Sendable {
    private struct Key: Hashable {
        let octets: [UInt8]

        func hash(into hasher: inout Hasher) {
            unsafe octets.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }

    private struct State {
        var young: [Key: Result<SPFRecord, SPFSyntaxError>] = [:]
        var old: [Key: Result<SPFRecord, SPFSyntaxError>] = [:]
    }

    private let state = Mutex(State())
    private let limits: SPFLimits

    init(limits: SPFLimits) { self.limits = limits }

    /// The record that the octets stand for.
    /// - Throws: the fault, kept like a record.
    func record(_ octets: [UInt8]) throws(SPFSyntaxError) -> SPFRecord {
        let key = Key(octets: octets)
        if let known = state.withLock({ Self.known(key, in: &$0, limit: limits.cachedRecords / 2) }) { return try known.get() }
        let read = Self.read(octets, limits)
        if octets.count <= limits.recordOctets {
            state.withLock { Self.keep(key, read, in: &$0, limit: limits.cachedRecords / 2) }
        }
        return try read.get()
    }

    private static func read(_ octets: [UInt8], _ limits: SPFLimits) -> Result<SPFRecord, SPFSyntaxError> {
        do throws(SPFSyntaxError) { return .success(try SPFRecord(octets, limits: limits)) } catch { return .failure(error) }
    }

    private static func known(_ key: Key, in state: inout State, limit: Int) -> Result<SPFRecord, SPFSyntaxError>? {
        if let young = state.young[key] { return young }
        guard let old = state.old[key] else { return nil }
        keep(key, old, in: &state, limit: limit)
        return old
    }

    private static func keep(_ key: Key, _ read: Result<SPFRecord, SPFSyntaxError>, in state: inout State, limit: Int) {
        if state.young.count >= limit {
            state.old = state.young
            state.young = [:]
        }
        if limit > 0 { state.young[key] = read }
    }
}
