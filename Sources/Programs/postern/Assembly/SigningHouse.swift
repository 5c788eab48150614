import DKIM
import DNS
import Foundation
import Logging
import Logs
import Postgres
import ServiceLifecycle
import Signing
import Storage
import Unbound
import Verdicts

/// All that has to do with signing, put together after the settings.
struct SigningHouse: Sendable {
    let desk: KeyDesk
    let ring: KeyRing

    /// - Parameters:
    ///   - ring: what signs; it is kept up to date here.
    ///   - servers: each is asked about keys by itself, past all caches.
    /// - Throws: `UnboundTrouble`.
    init(_ configuration: Configuration, ring: KeyRing, servers: [NameServer], pool: PostgresPool) throws {
        let seal = configuration.masterKey.map { KeySeal($0) }, schedule = configuration.keySchedule
        self.ring = ring
        desk = KeyDesk(store: PostgresSigningKeyStore(pool), seal: seal, resolvers: try servers.map { try Self.resolver($0, configuration) }, schedule: schedule, ring: ring)
    }

    private static func resolver(_ server: NameServer, _ configuration: Configuration) throws -> any Resolver {
        var settings = UnboundSettings(servers: [server])
        settings.trustAnchorFile = configuration.dns.trustAnchor
        settings.keepsAnswers = false
        (settings.questionsUnderWay, settings.outgoingPorts, settings.outgoingConnections, settings.cacheOctets) = (1024, 64, 8, 1 << 20)
        return try UnboundResolver(settings: settings)
    }

    /// What goes on beside the door.
    func keepers(_ logger: Logger) -> [any Service] { [Keeper { await keepKeys(logger) }, Keeper { await follow(logger) }] }

    /// Looks for the records of keys, and says what came of it.
    private func keepKeys(_ logger: Logger) async {
        let failed = Repetition(), one = Repetition()
        await KeyKeeper(desk) { .now }.run { result in
            switch result {
            case .success(let round):
                for change in round.changes {
                    logger.log(level: change.isTrouble ? .warning : .info, "DKIM key", metadata: Self.name(change.key).merging(["change": "\(change)"]) { $1 })
                }
                for key in round.made { logger.notice("DKIM key made by the schedule; publish its record", metadata: Self.name(key)) }
                if let first = round.troubles.first, let times = one.count() {
                    let place = first.place
                    logger.warning("DKIM keys could not be looked after", metadata: ["tenant": "\(place.tenant)", "domain": "\(place.domain)", "error": "\(first.reason)", "times": "\(times)"])
                }
            case .failure(let error):
                if let times = failed.count() { logger.warning("DKIM keys could not be read", metadata: ["error": "\(error)", "times": "\(times)"]) }
            }
        }
    }

    /// Follows what other nodes and the command line change.
    private func follow(_ logger: Logger) async {
        let failed = Repetition()
        while !Task.isCancelled {
            do { try await refresh(logger) } catch is CancellationError { return } catch {
                if let times = failed.count() { logger.warning("changes of DKIM keys could not be read; those in memory sign", metadata: ["error": "\(error)", "times": "\(times)"]) }
            }
            do { try await Task.sleep(for: .seconds(3)) } catch { return }
        }
    }

    /// - Throws: `StoreTrouble`.
    func refresh(_ logger: Logger) async throws {
        for key in try await ring.refresh(from: desk.store) { logger.error("a DKIM key does not open under this master key", metadata: Self.name(key)) }
    }

    private static func name(_ key: SigningKey) -> Logger.Metadata {
        ["tenant": "\(key.tenant)", "domain": "\(key.domain)", "selector": "\(key.selector)", "state": "\(key.state.rawValue)"]
    }
}
