internal import HTTPTypes
internal import HummingbirdCore
package import Learning
package import Limiting
package import Logging
internal import NIOCore
internal import NIOPosix
package import Notices
package import Reporting
internal import ServiceLifecycle
package import Signing
package import Verdicts
package import Watching

/// The REST door: every listener with its connections, in front of one table of routes.
///
/// It is a service: `run` listens until graceful shutdown, then answers what is under way and returns.
package struct APIDoor: Service {
    /// What stands behind the door.
    package struct House: Sendable {
        package var judge: any Judge
        package var verdicts: any VerdictStore
        package var tokens: any TokenStore
        package var localList: any LocalListStore
        /// Called after the local list was changed here.
        package var localListChanged: @Sendable () async -> Void
        package var signingKeys: KeyDesk
        package var ring: KeyRing
        package var sealer: any Sealer
        package var reports: ReportDesk
        /// nil where nothing can be kept in quarantine.
        package var quarantine: QuarantineDesk?
        /// nil where there is no spam filter.
        package var training: TrainingDesk?
        /// What may be sent, and what was.
        package var limits: SendingLimits
        /// Messages that wait for them.
        package var holds: HoldDesk
        /// What other limits would have done.
        package var trials: SendingTrials
        /// Looks at what senders do.
        package var watch: SenderWatch
        package var restraints: any RestraintStore
        /// What happened, and the webhooks by which it is told.
        package var notices: NoticeDesk
        /// What takes the place of parts that are removed; nil where no message is made harmless.
        package var notes: Notes?
        /// How the blocklists do: a JSON document.
        package var blockLists: @Sendable () async throws -> [UInt8]
        package var readiness: @Sendable () async -> Readiness
        /// The metrics of the rest of the house; the door adds its own.
        package var metrics: @Sendable () -> [MetricFamily]
        /// The octets of `openapi/postern.yaml`.
        package var contract: [UInt8]
        package var clock: @Sendable () -> Timestamp

        package init(judge: any Judge, verdicts: any VerdictStore, tokens: any TokenStore, localList: any LocalListStore,
                     localListChanged: @escaping @Sendable () async -> Void = {}, signingKeys: KeyDesk, ring: KeyRing, sealer: any Sealer, reports: ReportDesk, quarantine: QuarantineDesk?, training: TrainingDesk? = nil, limits: SendingLimits, holds: HoldDesk, trials: SendingTrials, watch: SenderWatch, restraints: any RestraintStore, notices: NoticeDesk, notes: Notes?, blockLists: @escaping @Sendable () async throws -> [UInt8],
                     readiness: @escaping @Sendable () async -> Readiness, metrics: @escaping @Sendable () -> [MetricFamily], contract: [UInt8],
                     clock: @escaping @Sendable () -> Timestamp) {
            self.judge = judge; self.verdicts = verdicts; self.tokens = tokens; self.localList = localList
            self.localListChanged = localListChanged; self.signingKeys = signingKeys; self.ring = ring; self.sealer = sealer; self.reports = reports; self.quarantine = quarantine; self.training = training; self.limits = limits; self.holds = holds; self.trials = trials; self.watch = watch; self.restraints = restraints; self.notices = notices; self.notes = notes; self.blockLists = blockLists; self.readiness = readiness
            self.metrics = metrics; self.contract = contract; self.clock = clock
        }
    }

    package let routes: [Route]
    private let listeners: [Listener]
    private let limits: APILimits
    private let load: DoorLoad
    private let admission: Admission
    private let date: DateField
    private let responder: DoorResponder
    private let listening: @Sendable (Listener, Int?) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - listeners: at least one.
    ///   - more: routes of other rooms, such as a dashboard's.
    ///   - listening: called for each listener when it can be reached, with its port where it has one.
    package init(_ house: House, listeners: [Listener], limits: APILimits = APILimits(), more: [Route] = [], logger: Logger,
                 listening: @escaping @Sendable (Listener, Int?) -> Void = { _, _ in }) {
        let load = DoorLoad(), desk = TokenDesk(store: house.tokens, memory: limits.tokenMemory, capacity: limits.tokensInMemory)
        let named = Self.names(house, limits, desk, more)
        let metrics: @Sendable () -> [MetricFamily] = { house.metrics() + load.metrics(routes: named) }
        routes = Self.routes(house, limits, desk, metrics) + more
        date = DateField(clock: house.clock)
        responder = DoorResponder(table: RouteTable(routes), desk: desk, limits: limits, load: load, clock: house.clock, logger: logger, date: date)
        self.listeners = listeners
        self.limits = limits
        self.load = load
        admission = Admission(judge: house.judge, limits: limits, load: load, route: routes.firstIndex { $0.method == .post && $0.path == JudgeRoute.path } ?? -1)
        self.listening = listening
        self.logger = logger
    }

    private static func names(_ house: House, _ limits: APILimits, _ desk: TokenDesk, _ more: [Route]) -> [String] {
        (routes(house, limits, desk, house.metrics) + more).map { "\($0.method.rawValue) \($0.path)" }
    }

    private static func routes(_ house: House, _ limits: APILimits, _ desk: TokenDesk, _ metrics: @escaping @Sendable () -> [MetricFamily]) -> [Route] {
        [JudgeRoute(judge: house.judge, limits: limits).route]
            + HistoryRoutes(store: house.verdicts).routes
            + StateRoutes(readiness: house.readiness, blockLists: house.blockLists, metrics: metrics, contract: house.contract).routes
            + TokenRoutes(store: house.tokens, desk: desk).routes
            + LocalListRoutes(store: house.localList, changed: house.localListChanged).routes
            + SigningKeyRoutes(desk: house.signingKeys).routes
            + [SignatureRoute(ring: house.ring, limits: limits).route, SealRoute(sealer: house.sealer, store: house.verdicts, limits: limits).route]
            + ReportRoutes(desk: house.reports, limits: limits).routes
            + OutgoingReportRoutes(desk: house.reports).routes
            + QuarantineRoutes(desk: house.quarantine, verdicts: house.verdicts).routes
            + TrainingRoutes(desk: house.training, limits: limits).routes
            + LimitRoutes(limits: house.limits).routes
            + HoldRoutes(desk: house.holds).routes
            + [LimitTrialRoute(trials: house.trials).route]
            + RestraintRoutes(limits: house.limits, restraints: house.restraints, watch: house.watch).routes
            + [FeedbackRoute(desk: FeedbackDesk(house.watch, house.verdicts) { SendingParty($0) }, limits: limits).route]
            + EventRoutes(desk: house.notices).routes
            + [NeutralisedRoute(verdicts: house.verdicts, quarantine: house.quarantine, notes: house.notes).route]
    }

    /// - Throws: when a listener cannot listen: the port is taken, the certificate cannot be read, another server has the socket.
    package func run() async throws {
        let services = try listeners.map { Place(listener: $0, server: try service(for: $0)) }
        try await ServiceGroup(configuration: .init(services: services, logger: logger)).run()
    }

    /// The threads that serve connections, for as long as the process: what a server leaves behind at its end is still given to its loop,
    /// and NIO tells of a loop that is gone on standard error, and traps where that takes nothing.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: APILimits.loops)

    private func service(for listener: Listener) throws -> any Service {
        let limits = limits, load = load, admission = admission, date = date, listening = listening
        let plain = HTTPServerBuilder { responder in DoorChannel(responder: responder, limits: limits, load: load, admission: admission, date: date) }
        let address: BindAddress, server: HTTPServerBuilder
        switch listener {
        case .tcp(let host, let port):
            (address, server) = (.hostname(host, port: port), plain)
        case .unix(let path):
            try SocketPlace.prepare(path)
            (address, server) = (.unixDomainSocket(path: path), plain)
        case .tls(let host, let port, let certificateFile, let keyFile):
            (address, server) = (.hostname(host, port: port), try plain.overTLS(certificateFile: certificateFile, keyFile: keyFile))
        }
        let responder = responder
        return try server.buildServer(
            configuration: ServerConfiguration(address: address, backlog: 1024), eventLoopGroup: Self.loops, logger: logger,
            responder: { request, writer, channel in try await responder.respond(to: request, on: channel, with: writer) },
            onServerRunning: { channel in
                if case .unix(let path) = listener { SocketPlace.open(path) }
                listening(listener, channel.localAddress?.port)
            })
    }
}

/// One listener's server: what keeps it from listening is said with the listener's name.
private struct Place: Service {
    let listener: Listener
    let server: any Service

    func run() async throws {
        do { try await server.run() } catch let error as IOError { throw UnusablePlace(description: "\(listener): \(error)") }
    }
}

/// Why nothing can listen there.
struct UnusablePlace: Error, CustomStringConvertible {
    let description: String
}
