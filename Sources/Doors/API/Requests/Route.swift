package import HTTPTypes
package import Verdicts

/// One method of one path.
package struct Route: Sendable {
    /// Who may ask.
    package enum Access: Sendable, Equatable {
        case everyone
        case anyToken
        /// - Parameter wholeNode: what is answered is of all tenants together; a token confined to one may not ask.
        case scope(Scope, wholeNode: Bool = false)
    }

    package let method: HTTPRequest.Method
    /// As the contract writes it; segments may be `{…}`.
    package let path: String
    package let access: Access
    /// Whether it hands something out, though it is a GET: then there is no HEAD, which would hand it to nobody.
    let handsOut: Bool
    package let answer: @Sendable (Call) async throws -> Answer

    package init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, handsOut: Bool = false, _ answer: @escaping @Sendable (Call) async throws -> Answer) {
        self.method = method; self.path = path; self.access = access; self.handsOut = handsOut; self.answer = answer
    }
}

/// Finds the route of a request.
package struct RouteTable: Sendable {
    package let routes: [Route]
    /// Places in `routes` by path; where only the end of a path is `{…}`, by what stands before it.
    private var fixed: [String: [Int]] = [:]
    private var open: [String: [Int]] = [:]
    /// Paths with `{…}` before their end, by segments, those for which nil stands open; what is written out comes first.
    private var patterns: [(segments: [String?], places: [Int])] = []

    package init(_ routes: [Route]) {
        self.routes = routes
        for (place, route) in routes.enumerated() {
            let before = route.path.prefix(upTo: route.path.lastIndex(of: "/") ?? route.path.startIndex)
            if before.contains("{") {
                let segments = route.path.split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
                if let same = patterns.firstIndex(where: { $0.segments == segments }) { patterns[same].places.append(place) } else { patterns.append((segments, [place])) }
            } else if route.path.hasSuffix("}"), let brace = route.path.lastIndex(of: "{") {
                open[String(route.path[..<brace]), default: []].append(place)
            } else {
                fixed[route.path, default: []].append(place)
            }
        }
        patterns.sort { one, other in one.segments.count { $0 == nil } < other.segments.count { $0 == nil } }
    }

    /// - Parameter target: path and query of the request line.
    /// - Returns: the route's place and what stands for each `{…}`.
    /// - Throws: 404 when no route has the path, 405 when none of them has the method.
    func find(_ method: HTTPRequest.Method, _ target: String) throws(Problem) -> (place: Int, names: [String]) {
        let path = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[..<$0] } ?? target[...]
        if let places = fixed[String(path)] { return (try choose(method, places), []) }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            let name = path[path.utf8.index(after: slash)...]
            if !name.isEmpty, let places = open[String(path[...slash])] { return (try choose(method, places), [String(name)]) }
        }
        if let found = pattern(path) { return (try choose(method, found.places), found.names) }
        throw .notFound("There is nothing at \(path.prefix(200)).")
    }

    private func pattern(_ path: Substring) -> (places: [Int], names: [String])? {
        guard path.hasPrefix("/") else { return nil }
        let segments = path.dropFirst().split(separator: "/", maxSplits: 16, omittingEmptySubsequences: false)
        for (wanted, places) in patterns where wanted.count == segments.count {
            if zip(wanted, segments).allSatisfy({ wanted, segment in wanted.map { $0 == segment } ?? !segment.isEmpty }) {
                return (places, zip(wanted, segments).compactMap { $0 == nil ? String($1) : nil })
            }
        }
        return nil
    }

    private func choose(_ method: HTTPRequest.Method, _ places: [Int]) throws(Problem) -> Int {
        for place in places where routes[place].method == method { return place }
        // HEAD is GET without the body (RFC 9110 §9.3.2).
        if method == .head { for place in places where routes[place].method == .get && !routes[place].handsOut { return place } }
        var allowed: [String] = []
        for place in places {
            allowed.append(routes[place].method.rawValue)
            if routes[place].method == .get, !routes[place].handsOut { allowed.append("HEAD") }
        }
        var problem = Problem(.methodNotAllowed, "method", "This method is not for this path", "Allowed are \(allowed.joined(separator: ", ")).")
        problem.fields = [(.allow, allowed.joined(separator: ", "))]
        throw problem
    }
}
