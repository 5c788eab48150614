import API
import BlockLists
import Checks
import DNS
import Foundation
import JSON
import Learning
import Limiting
import Logging
import Logs
import Notices
import Postgres
import Reporting
import Scanner
import ServiceLifecycle
import Signing
import Storage
import Unbound
import UnixSignals
import Verdicts

/// The running service: its door, its keepers, and the way down.
struct HouseService {
    let configuration: Configuration
    let share: String
    let logger: Logger
    /// Where the logger's lines go.
    let lines: LineRing
    /// Called once, when every listener can be reached.
    let ready: @Sendable (_ token: String, _ places: [String]) -> Void

    func run() async throws {
        let logger = logger
        guard let contract = FileManager.default.contents(atPath: share + "/openapi/postern.yaml") else {
            throw ShareFolder.Missing(description: "openapi/postern.yaml cannot be read in \(share)")
        }
        let malware = try configuration.malware.map { settings in
            try MalwareHouse(settings, in: StateFolder(configuration.stateFolder)) { logger.notice("malware", metadata: ["event": "\($0)"]) }
        }
        do {
            try await run(malware, contract: Array(contract))
        } catch {
            await malware?.scanner.stop()
            throw error
        }
        await malware?.scanner.stop()
    }

    private func run(_ malware: MalwareHouse?, contract: [UInt8]) async throws {
        let logger = logger
        // A fault of the settings shows before a database is made for them.
        _ = (try PolicySource(configuration, share: share).read(), try configuration.rateLimits.replies.read(share: share))
        let database = try await Database.open(configuration) { logger.info("database", metadata: ["event": "\($0)"]) }
        do {
            let steps = try await database.migrate(share: share)
            if !steps.isEmpty { logger.info("database brought to this version", metadata: ["steps": "\(steps.joined(separator: ","))"]) }
            let learning = LearningHouse(configuration, database: database.settings)
            try await learning?.desk.start()
            try await serve(try Assembly(configuration, share: share, malware: malware?.checker, spam: learning?.check), malware, learning, database, contract: contract)
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }

    private func serve(_ assembly: Assembly, _ malware: MalwareHouse?, _ learning: LearningHouse?, _ database: Database, contract: [UInt8]) async throws {
        let logger = logger, lines = lines, listeners = configuration.listeners
        let keeper = PartitionKeeper(database.settings, retentionDays: configuration.retention)
        _ = try await keeper.keep(now: .now, by: .now + .seconds(60))
        let store = PostgresVerdictStore(database.settings, pool: database.pool)
        let tokens = PostgresTokenStore(database.pool), locals = PostgresLocalList(database.pool)
        try await assembly.localLists.reload(from: locals)
        let signing = try SigningHouse(configuration, ring: assembly.keys, servers: try configuration.nameServers, pool: database.pool)
        try await signing.refresh(logger)
        let reporting = ReportingHouse(configuration.reports, resolver: assembly.resolver, blockLists: assembly.blockLists, database: database.settings, pool: database.pool)
        let quarantine = QuarantineHouse(configuration, database: database.settings), notes = try configuration.neutralise.read(share: share)
        if quarantine == nil, configuration.quarantine.keeps { logger.notice("messages are not kept in quarantine here: there is no master key (master_key_file)") }
        if quarantine == nil, assembly.policies.neutralises {
            logger.warning("a policy has messages made harmless, which needs the quarantine: they are refused (neutralise.failed)")
        }
        let grey = GreylistHouse(configuration.greylist, database: database.settings)
        let sending = LimitHouse(configuration.rateLimits, replies: try configuration.rateLimits.replies.read(share: share), throttle: configuration.watch.throttle, database: database.settings)
        let watching = WatchHouse(configuration.watch, sending.limits, internals: configuration.internalNetworks, database: database.settings)
        let notices = NoticeHouse(configuration.notices, database: database.settings)
        await notices.start(logger)
        let token = try await AdminToken.ensure(in: StateFolder(configuration.stateFolder), tokens, at: .now)
        let workers = Workers(limit: configuration.workers.atOnce, lineLimit: configuration.workers.line)
        let judge = MessageJudge(pipeline: assembly.pipeline, workers: workers, store: store, policies: assembly.policies, quarantine: quarantine?.desk.quarantine, notes: notes, greylist: grey.greylist, limits: sending.limits, watch: watching.watch,
                                 settings: .init(patience: .milliseconds(configuration.deadline)))
        let unread = Repetition(), unready = Repetition()
        let reload: @Sendable () async -> Void = {
            do { try await assembly.localLists.reload(from: locals) } catch is CancellationError {} catch {
                guard let times = unread.count() else { return }
                logger.warning("the local list could not be read; the one in force stays", metadata: ["error": "\(error)", "times": "\(times)"])
            }
        }
        let house = APIDoor.House(
            judge: judge, verdicts: store, tokens: tokens, localList: locals, localListChanged: reload, signingKeys: signing.desk, ring: signing.ring,
            sealer: MessageSealer(ring: signing.ring, validator: assembly.pipeline.authentication.arc, results: assembly.pipeline.results), reports: reporting.desk, quarantine: quarantine?.desk, training: learning?.desk, limits: sending.limits, holds: sending.holds, trials: sending.trials, watch: watching.watch, restraints: sending.restraints, notices: notices.desk, notes: notes,
            blockLists: { jsonOctets(assembly.health.snapshot()) },
            readiness: {
                let scanner = malware.map { [$0.readiness(at: .now)] } ?? []
                guard let trouble = await database.trouble() else { return Readiness([.init("database", .ok)] + scanner) }
                if let times = unready.count() { logger.warning("the database is not ready", metadata: ["error": "\(trouble)", "times": "\(times)"]) }
                return Readiness([.init("database", .failed, reason: "the database does not answer")] + scanner)
            },
            metrics: { assembly.metrics() + (malware?.families(at: .now) ?? []) + (learning?.families() ?? []) + judge.tally.families() + grey.greylist.families() + sending.families() + watching.families() + notices.tally.families() + signing.ring.families() + reporting.desk.tally.families() + Self.metrics(workers, lines) }, contract: contract, clock: { .now })
        let places = Places(count: listeners.count) { [ready] in ready(token, $0) }
        let door = APIDoor(house, listeners: listeners, limits: limits, logger: logger, listening: { listener, port in places.opened(listener, port: port) })
        let keepers: [any Service] = signing.keepers(logger) + reporting.keepers(logger) + (quarantine?.keepers(logger) ?? []) + (learning?.keepers(logger) ?? []) + grey.keepers(logger) + sending.keepers(logger) + watching.keepers(logger) + notices.keepers(logger) + [
            Keeper {
                for await _ in await UnixSignalsSequence(trapping: .sighup) {
                    await reload()
                    do {
                        judge.replace(policies: try assembly.policySource.read())
                        logger.info("policies and lists read again")
                    } catch { logger.error("the policies could not be read; those in force stay", metadata: ["error": "\(error)"]) }
                    do { sending.limits.replace(replies: try configuration.rateLimits.replies.read(share: share)) } catch {
                        logger.error("the replies could not be read; those in force stay", metadata: ["error": "\(error)"])
                    }
                }
            },
            Keeper {
                await assembly.health.keepProbing(with: assembly.resolver) { zone in
                    logger.log(level: zone.state == .working ? .info : .warning, "blocklist", metadata: ["zone": "\(zone.zone)", "state": "\(zone.state.rawValue)", "reason": "\(zone.reason ?? "")"])
                }
            },
            Keeper { await keeper.run(every: .seconds(3600), now: { .now }) {
                switch $0 {
                case .failure(let error): logger.error("partitions", metadata: ["error": "\(error)"])
                case .success(let round): if let day = round.inUse { logger.warning("verdicts older than the retention stay until nobody reads them", metadata: ["partition": "\(day)"]) }
                }
            } },
            Keeper { await assembly.serverWatch.run { logger.warning("DNS", metadata: ["event": "\($0)"]) } },
            // Entries that another node took in.
            Keeper { while !Task.isCancelled { do { try await Task.sleep(for: .seconds(30)) } catch { return }; await reload() } },
        ]
        var group = ServiceGroupConfiguration(services: [door] + keepers, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        group.maximumGracefulShutdownDuration = .milliseconds(configuration.deadline + 10_000)
        try await ServiceGroup(configuration: group).run()
        judge.close()
        await store.close()
        await quarantine?.close()
        await grey.close()
        await watching.close(logger)
        await sending.close()
        await notices.close()
        await learning?.close()
        logger.info("stopped")
    }

    private var limits: APILimits {
        var limits = APILimits()
        limits.bodyOctets = configuration.limits.body
        limits.allBodyOctets = configuration.limits.bodies
        limits.headerOctets = configuration.limits.header
        limits.arrival = .milliseconds(configuration.limits.arrival)
        limits.idle = .milliseconds(configuration.limits.idle)
        limits.connections = configuration.limits.connections
        return limits
    }

    private static func metrics(_ workers: Workers, _ lines: LineRing) -> [MetricFamily] {
        let figures = workers.figures
        return [
            MetricFamily("postern_workers_busy", .gauge, "Judgements under way.", value: Double(figures.running)),
            MetricFamily("postern_workers_waiting", .gauge, "Messages that wait for a worker.", value: Double(figures.waiting)),
            MetricFamily("postern_turned_away_total", .counter, "Messages that found the line full.", value: Double(figures.turnedAway)),
            MetricFamily("postern_log_lines_dropped_total", .counter, "Lines of the log that nobody took in time.", value: Double(lines.dropped)),
        ]
    }
}
