import Cryptography
import DKIM
import DNS
import Signing
import Synchronization
import TestStores
import TestSupport
import Verdicts

/// A desk with everything that stands around it, and a clock that the test moves.
final class Ward: Sendable {
    let store = MemorySigningKeyStore(limits: { var limits = TenantLimits(); limits.signingKeys = 12; return limits }())
    let dns: [MemoryResolver]
    let ring: KeyRing
    let desk: KeyDesk
    let place = KeyPlace(tenant: "t", domain: DomainName(trusted: "example.org"))
    private let time: Mutex<Int>

    static let start = 1_795_651_200   // 2026-11-26
    static let seal = MasterKey([UInt8](repeating: 7, count: 32)).map { KeySeal($0) }

    init(seal: KeySeal? = Ward.seal, resolvers: Int = 1, _ adjust: (inout KeySchedule) -> Void = { _ in }) {
        var schedule = KeySchedule()
        adjust(&schedule)
        dns = (0..<resolvers).map { _ in MemoryResolver() }
        ring = KeyRing(seal: seal, schedule: schedule)
        desk = KeyDesk(store: store, seal: seal, resolvers: dns, schedule: schedule, ring: ring)
        time = Mutex(Self.start)
    }

    var now: Timestamp { Timestamp(microseconds: Int64(time.withLock { $0 }) * 1_000_000) }
    func pass(_ seconds: Int) { time.withLock { $0 += seconds } }
    var keeper: KeyKeeper { KeyKeeper(desk) { self.now } }

    func publish(_ keys: [SigningKey], at servers: [MemoryResolver]? = nil) {
        for key in keys { if let record = key.record { for server in servers ?? dns { server.txt(record.owner.text, record.strings.joined()) } } }
    }

    func states() async throws -> [String: KeyState] {
        Dictionary(uniqueKeysWithValues: try await store.keys(tenant: place.tenant, domain: place.domain).map { ($0.selector.text, $0.state) })
    }

    func signers(_ domain: String = "example.org", tenant: String = "t") -> [String] { ring.signers(for: DomainName(trusted: domain), tenant: tenant).signers.map(\.selector.text) }
    func unsigned(_ domain: String = "example.org", tenant: String = "t") -> UnsignedReason? { ring.signers(for: DomainName(trusted: domain), tenant: tenant).unsigned?.reason }
}
