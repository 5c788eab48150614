internal import NIOCore

/// Every number from outside that the door bounds.
package struct APILimits: Sendable {
    /// Octets in one body, 1…1 GiB.
    package var bodyOctets = 50 << 20
    /// Octets of a mail or a file with reports in it, and never more than any body may have.
    package var reportOctets = 32 << 20
    /// Octets received and not yet judged, of all bodies together.
    package var allBodyOctets = 256 << 20
    /// Octets of small messages that are not whole yet, of whoever sends them, beside those: nobody has shown a token for them.
    var heldOctets: Int { allBodyOctets / 4 }
    /// Octets in the request line, in one header field, and in all of them together.
    package var headerOctets = 16 << 10
    /// Header fields of one request.
    package var headerFields = 100
    /// From a request's first octet to its last.
    package var arrival = Duration.seconds(30)
    /// Without any octet between requests.
    package var idle = Duration.seconds(60)
    /// Threads that serve connections, 1…64. One core is left to the database and the resolver, for which every message waits: when the
    /// threads that serve fill all cores, nobody serves them until everyone waits for the database.
    static let loops = min(max(1, System.coreCount - 1), 64)
    /// Connections at once, of all listeners together.
    package var connections = 10_000
    /// Octets of an unread body that are thrown away to keep a connection for the next request.
    package var drainOctets = 64 << 10
    /// How long a connection that was refused stays, so that the client can read why.
    package var linger = Duration.seconds(1)
    /// Octets thrown away in that time.
    package var lingerOctets = 1 << 20
    /// Octets in the JSON part `envelope` of a form, and in the JSON bodies of the other requests.
    package var documentOctets = 1 << 20
    /// Parameters in a query.
    package var queryParameters = 1000
    /// Seconds in Retry-After where the service does not know better.
    package var retryAfter = 5
    /// For how long a token is believed without asking where it is kept.
    package var tokenMemory = Duration.seconds(30)
    /// Tokens kept in memory.
    package var tokensInMemory = 1024

    package init() {}
}
