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
    /// As the contract writes it; at most its last segment may be `{…}`.
    package let path: String
    package let access: Access
    package let answer: @Sendable (Call) async throws -> Answer

    package init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, _ answer: @escaping @Sendable (Call) async throws -> Answer) {
        self.method = method; self.path = path; self.access = access; self.answer = answer
    }
}

/// Finds the route of a request.
package struct RouteTable: Sendable {
    package let routes: [Route]
    /// Places in `routes` by path; where a path ends with `{…}`, by what stands before it.
    private var fixed: [String: [Int]] = [:]
    private var open: [String: [Int]] = [:]

    package init(_ routes: [Route]) {
        self.routes = routes
        for (place, route) in routes.enumerated() {
            if route.path.hasSuffix("}"), let brace = route.path.lastIndex(of: "{") {
                open[String(route.path[..<brace]), default: []].append(place)
            } else {
                fixed[route.path, default: []].append(place)
            }
        }
    }

    /// - Parameter target: path and query of the request line.
    /// - Returns: the route's place and what stands for `{…}`.
    /// - Throws: 404 when no route has the path, 405 when none of them has the method.
    func find(_ method: HTTPRequest.Method, _ target: String) throws(Problem) -> (place: Int, name: String) {
        let path = target.utf8.firstIndex(of: UInt8(ascii: "?")).map { target[..<$0] } ?? target[...]
        if let places = fixed[String(path)] { return (try choose(method, places), "") }
        if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
            let name = path[path.utf8.index(after: slash)...]
            if !name.isEmpty, let places = open[String(path[...slash])] { return (try choose(method, places), String(name)) }
        }
        throw .notFound("There is nothing at \(path.prefix(200)).")
    }

    private func choose(_ method: HTTPRequest.Method, _ places: [Int]) throws(Problem) -> Int {
        for place in places where routes[place].method == method { return place }
        // HEAD is GET without the body (RFC 9110 §9.3.2).
        if method == .head { for place in places where routes[place].method == .get { return place } }
        var allowed: [String] = []
        for place in places {
            allowed.append(routes[place].method.rawValue)
            if routes[place].method == .get { allowed.append("HEAD") }
        }
        var problem = Problem(.methodNotAllowed, "method", "This method is not for this path", "Allowed are \(allowed.joined(separator: ", ")).")
        problem.fields = [(.allow, allowed.joined(separator: ", "))]
        throw problem
    }
}
