/// How long is waited, and how much is looked at, before a report goes out.
package struct ReportDeliveryLimits: Sendable {
    /// For a session with the relay, ten minutes for the answer to the message included (RFC 5321 §4.5.3.2.6).
    package var sending = Duration.seconds(900)
    /// For whether a destination wants reports, and for all blocklists: sixteen questions, one after the other, of which some go to name servers that are slow.
    package var asking = Duration.seconds(15)
    /// For the same once ``silentOnes`` destinations of a round did not answer, so that they do not hold up the others.
    package var askingAgain = Duration.seconds(1)
    package var silentOnes = 3
    /// For whether a host takes mail: three questions. A resolver that begins with nothing in its cache, and meets one dead name server on the way, has asked the next one by then; waiting
    /// longer gains little, for what is not known goes to the relay, which finds out.
    package var mailHost = Duration.seconds(5)
    /// Reports about one policy domain that are looked through for those that were sent on, 1…1000: 40 mailboxes a day, and a week of them.
    package var kept = 1_000

    package init() {}
}
