package import DNS

/// The port to the history of verdicts.
package protocol VerdictStore: Sendable {
    /// Keeps a verdict; when this returns, it is durable.
    ///
    /// A message with a queue id that was judged for the same tenant, under the same ``VerdictRecord/name``, less than 24
    /// hours from `receivedAt`, is not kept a second time: the hook asked again, or the MTA tried again. (Before or after: the
    /// clocks of nodes differ.)
    /// - Returns: nil when the record was kept; else the earlier verdict, which stands.
    /// - Throws: `StoreTrouble`; nothing was kept then, or it is not known whether it was.
    func append(_ record: VerdictRecord) async throws -> EarlierVerdict?

    /// Puts a record in the place of the deferred or held one with its id and tenant; `receivedAt` stays what it was.
    ///
    /// For a message that was deferred, or held, and is judged anew. Of several that try at the same moment the first one counts, unless it
    /// deferred or held the message again.
    /// - Returns: false when there is none with that id, or it is neither (any more).
    func replace(_ record: VerdictRecord) async throws -> Bool

    /// One verdict of a tenant; nil when there is none with that id. A nil tenant means any.
    func verdict(_ id: VerdictID, tenant: String?) async throws -> VerdictRecord?

    /// A page of verdicts, the newest first.
    /// - Parameters:
    ///   - before: only verdicts with lower ids: the last id of the page before.
    ///   - limit: 1…1000.
    func verdicts(matching filter: HistoryFilter, before: VerdictID?, limit: Int) async throws -> [VerdictRow]

    /// Counts by time.
    /// - Parameter bucket: the length of a bucket in seconds, 60…86400·31; buckets start at multiples of it since 1970.
    /// - Returns: the buckets that hold anything, the oldest first, at most 10,000.
    func summary(matching filter: HistoryFilter, bucket: Int) async throws -> [HistoryBucket]
}

/// A verdict that was given for the same message before.
package struct EarlierVerdict: Sendable, Equatable {
    package let id: VerdictID
    package let action: Action

    package init(id: VerdictID, action: Action) { self.id = id; self.action = action }
}

/// Which verdicts are wanted; what is nil is not asked for.
package struct HistoryFilter: Sendable, Equatable {
    /// nil for every tenant.
    package var tenant: String?
    /// From this moment on.
    package var since: Timestamp?
    /// Before this moment.
    package var until: Timestamp?
    package var action: Action?
    package var messageClass: MessageClass?
    package var direction: Direction?
    package var clientNetwork: IPNetwork?
    /// The whole reverse-path; the empty one for the null reverse-path.
    package var sender: HistoryPath?
    /// A whole forward-path.
    package var recipient: HistoryPath?
    /// A domain in any place where the record names domains, or the domain of a recipient.
    package var domain: DomainName?
    package var queueID: String?
    package var messageID: String?
    /// The code of a finding.
    package var code: String?
    package var authUser: String?

    package init() {}
}

/// The verdicts of one stretch of time.
package struct HistoryBucket: Sendable, Equatable {
    package var start: Timestamp
    package var count: Int
    /// How many there are of each action and of each class; what there is none of is left out.
    package var actions: [String: Int]
    package var classes: [String: Int]
    /// Octets of all messages together.
    package var octets: Int

    package init(start: Timestamp, count: Int, actions: [String: Int], classes: [String: Int], octets: Int) {
        self.start = start; self.count = count; self.actions = actions; self.classes = classes; self.octets = octets
    }
}

/// Why the history could not be written or read.
package enum StoreTrouble: Error, Sendable, Equatable {
    /// The database cannot be reached or is starting: try again.
    case unavailable(String)
    /// More is waiting to be written than the named limit allows: try again.
    case busy(String)
    /// The deadline passed.
    case timeout
    /// The database refused this record or question; trying again does not help.
    case refused(String)
}

extension StoreTrouble: CustomStringConvertible {
    /// For those who keep the service.
    package var description: String {
        switch self {
        case .unavailable(let why): "the database is not available: \(why)"
        case .busy(let why), .refused(let why): why
        case .timeout: "the database did not answer in time"
        }
    }
}
