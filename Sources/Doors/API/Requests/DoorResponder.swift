internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import Logs
internal import NIOCore
internal import Verdicts

/// Checks every request in the order that costs least: path, method, token, scope; then the route's own checks; the body last.
struct DoorResponder: Sendable {
    let table: RouteTable
    let desk: TokenDesk
    let limits: APILimits
    let load: DoorLoad
    let clock: @Sendable () -> Timestamp
    let logger: Logger
    let date: DateField
    /// While the database is away, every request finds that out.
    private let unreachable = Repetition()

    /// Answers one request.
    /// - Throws: where there is no answer to give and the connection ends.
    @concurrent func respond(to request: Request, on channel: any Channel, with writer: consuming ResponseWriter) async throws {
        var response = try await response(to: request, on: channel)
        response.headers[.date] = date.text
        try await writer.write(response: response.head, body: response.body)
    }

    private func response(to request: Request, on channel: any Channel) async throws -> Response {
        var place = -1
        let isHead = request.method == .head
        do {
            let found = try table.find(request.method, request.head.path ?? "")
            place = found.place
            let route = table.routes[place], time = clock()
            let token = try await admitted(request, to: route.access, at: time)
            let call = Call(request: request, channel: channel, names: found.names, token: token, time: time, limits: limits, load: load)
            // A task keeps what its deepest call needed until it ends: an answer has one of its own, so that idle connections hold little.
            async let answering = route.answer(call)
            let answer = try await answering
            load.answered(route: place, status: answer.status.code)
            return answer.response(isHead: isHead)
        } catch let error as CutOff {
            throw error
        } catch let error where error is IOError || error is ChannelError {
            // The client went away.
            load.broke()
            throw CutOff()
        } catch {
            let problem = problem(for: error, request)
            load.answered(route: place, status: problem.status.code)
            return problem.response(isHead: isHead)
        }
    }

    private func admitted(_ request: Request, to access: Route.Access, at time: Timestamp) async throws -> AccessToken? {
        if access == .everyone { return nil }
        guard let text = bearer(request.headers[.authorization]) else { throw Problem.unauthorized(given: request.headers[.authorization] != nil) }
        guard let shown = TokenText(text), let token = try await desk.token(shown, at: time) else { throw Problem.unauthorized(given: true) }
        guard case .scope(let scope, let wholeNode) = access else { return token }
        if !token.allows(scope, at: time) {
            throw Problem(.forbidden, "scope", "The token is not for this", "The token has not the scope \(scope.rawValue).", parameter: scope.rawValue)
        }
        if wholeNode, token.tenant != nil {
            throw Problem(.forbidden, "tenant", "The token is not for this", "This is of the whole node; the token is confined to a tenant.")
        }
        return token
    }

    private func bearer(_ value: String?) -> Substring? {
        guard let value, value.utf8.count > 7, value.prefix(7).lowercased() == "bearer " else { return nil }
        return value.dropFirst(7).drop { $0 == " " }
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let trouble as JudgeTrouble:
            switch trouble {
            case .full(let seconds): return .full(retryAfter: seconds)
            case .store(let trouble): return problem(for: trouble)
            }
        case let trouble as StoreTrouble: return problem(for: trouble)
        default:
            logger.error("a request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return Problem(.internalServerError, "internal", "Something is wrong here", "The reason is in the service's log.")
        }
    }

    private func problem(for trouble: StoreTrouble) -> Problem {
        switch trouble {
        case .unavailable(let reason):
            if let times = unreachable.count() { logger.warning("the database cannot be reached", metadata: ["reason": "\(reason)", "times": "\(times)"]) }
            return .unavailable("database", "The database cannot be reached.", retryAfter: limits.retryAfter)
        case .busy: return .unavailable("database-busy", "The database has too much to do.", retryAfter: limits.retryAfter)
        case .timeout: return .unavailable("database-slow", "The database did not answer in time.", retryAfter: limits.retryAfter)
        case .refused(let reason):
            logger.error("the database refused a request", metadata: ["reason": "\(reason)"])
            return Problem(.internalServerError, "database-refused", "Something is wrong here", "The database refused the request; the reason is in the service's log.")
        }
    }
}
