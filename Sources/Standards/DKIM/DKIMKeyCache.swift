import Synchronization

/// Keys that were read already, by the octets of their records: the same signers come with every message.
///
/// Two generations of at most half the limit each; what is asked for moves into the younger one, and when that is full, the
/// older one is forgotten.
final class DKIMKeyCache: Sendable {
    private struct Octets: Hashable {
        let octets: [UInt8]

        func hash(into hasher: inout Hasher) {
            unsafe octets.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        }
    }

    private struct State {
        var young: [Octets: Result<DKIMKey, DKIMFault>] = [:]
        var old: [Octets: Result<DKIMKey, DKIMFault>] = [:]
    }

    private let state = Mutex(State())
    private let limits: DKIMLimits

    init(limits: DKIMLimits) { self.limits = limits }

    /// The key that the record holds, or its fault, kept like a key.
    func key(_ octets: [UInt8]) -> Result<DKIMKey, DKIMFault> {
        let place = Octets(octets: octets), limit = limits.cachedKeys / 2
        if let known = state.withLock({ Self.known(place, in: &$0, limit: limit) }) { return known }
        let read = Self.read(octets, limits)
        if octets.count <= limits.keyRecordOctets {
            state.withLock { Self.keep(place, read, in: &$0, limit: limit) }
        }
        return read
    }

    private static func read(_ octets: [UInt8], _ limits: DKIMLimits) -> Result<DKIMKey, DKIMFault> {
        do throws(DKIMFault) { return .success(DKIMKey(try DKIMKeyRecord(octets, limits: limits))) } catch { return .failure(error) }
    }

    private static func known(_ place: Octets, in state: inout State, limit: Int) -> Result<DKIMKey, DKIMFault>? {
        if let young = state.young[place] { return young }
        guard let old = state.old[place] else { return nil }
        keep(place, old, in: &state, limit: limit)
        return old
    }

    private static func keep(_ place: Octets, _ read: Result<DKIMKey, DKIMFault>, in state: inout State, limit: Int) {
        if state.young.count >= limit {
            state.old = state.young
            state.young = [:]
        }
        if limit > 0 { state.young[place] = read }
    }
}
