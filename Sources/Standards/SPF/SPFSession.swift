package import DNS

/// What stays the same for every identity of one SMTP session.
/// Source: RFC 7208 §4.1 and §7.2.
package struct SPFSession: Sendable {
    /// The connecting client; an IPv4-mapped address is IPv4 (RFC 7208 §5).
    package let client: IPAddress
    /// The HELO or EHLO argument as the client sent it.
    package let helo: String
    /// The name of the host that checks, for `%{r}`.
    package let receiver: String
    /// The whole evaluation is done by then (RFC 7208 §4.6.4).
    package let deadline: ContinuousClock.Instant
    /// Seconds since 1970-01-01T00:00:00Z, for `%{t}`.
    package let time: Int

    package init(client: IPAddress, helo: String, receiver: String, deadline: ContinuousClock.Instant, time: Int) {
        self.client = client.unmapped
        self.helo = helo
        self.receiver = receiver
        self.deadline = deadline
        self.time = time
    }
}
