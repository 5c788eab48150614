/// The port to where is kept who came and who came again. Everybody is a key there, a digest of 32 octets: nobody's name is kept.
///
/// Time is the store's own, one for all nodes. Keys of one tenant mean nothing for another one. What a key is of is in the key, so that a try, a known client and
/// an author never meet.
package protocol GreylistStore: Sendable {
    /// Says whether who comes is known, and remembers that he came, in one step: of several at the same moment, on whatever node, each sees what the others left.
    ///
    /// An author with ``GreylistTerms/history`` messages is trusted. Who is known stays so for ``GreylistTerms/knownFor`` from this visit on (to the hour). Of
    /// anyone else the tries are kept, each from the first time on for ``GreylistTerms/retryWithin``; with one that is ``GreylistTerms/wait`` old or older he has
    /// passed, and is known from then on.
    /// - Throws: `StoreTrouble`; then nothing is known, and it is not known what was kept.
    func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer

    /// Adds to what authors have sent. What they had is forgotten ``GreylistTerms/historyWithin`` after their last message, so messages count that have no longer pause between them.
    ///
    /// An author who is new finds no place where his tenant has as many keys as it may; that is no trouble. More than ``GreylistTerms/history`` messages are not counted.
    /// - Parameter credits: each author once.
    /// - Throws: `StoreTrouble`; then it is not known what was added.
    func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws
}

/// Somebody with a message, as keys of 32 octets.
package struct GreylistVisit: Sendable, Equatable {
    package var tenant: String
    /// What a second try is told by; 1…``GreylistTerms/triesAtMost``.
    package var tries: [[UInt8]]
    /// The client and the sender's domain together.
    package var client: [UInt8]
    /// The author's domain; nil where nothing proves it.
    package var author: [UInt8]?

    package init(tenant: String, tries: [[UInt8]], client: [UInt8], author: [UInt8]?) { self.tenant = tenant; self.tries = tries; self.client = client; self.author = author }
}

/// Messages of an author that were taken without a doubt.
package struct GreylistCredit: Sendable, Hashable {
    package var tenant: String
    package var author: [UInt8]
    /// 1…
    package var messages: Int

    package init(tenant: String, author: [UInt8], messages: Int) { self.tenant = tenant; self.author = author; self.messages = messages }
}

package enum GreylistAnswer: Sendable, Equatable {
    /// Nobody like him was here: he may come back after so many seconds.
    case first(wait: Int)
    /// He came back too early; so many seconds are left, 1…
    case early(wait: Int)
    /// He came back after so many seconds.
    case passed(after: Int)
    /// He passed before.
    case known
    /// The author has sent enough.
    case trusted
    /// The tenant has as many keys as it may, and none of his is among them: nothing is known of him, and nothing kept.
    case full
}

/// How long things last, and how many there may be.
package struct GreylistTerms: Sendable, Equatable {
    /// Seconds from the first try to the first one that passes, 1…3,600: most that never come again have given up by then, and mail servers try again after 1 to 15 minutes.
    package var wait = 300
    /// Seconds for which a first try is remembered, 3,600…604,800.
    package var retryWithin = 86_400
    /// Seconds for which who passed stays known after his last message in doubt, 86,400…34,560,000: longer than a month, for what comes monthly.
    package var knownFor = 35 * 86_400
    /// Messages without a doubt after which an author is trusted, 1…1,000.
    package var history = 3
    /// Seconds that may lie between two of them, 86,400…34,560,000.
    package var historyWithin = 30 * 86_400
    /// Keys of a tenant, 1…100,000,000; about 200 octets each with their index. Callers at the same moment may go beyond it by what they add, and so may those who pass. From
    /// ``countedAtMost`` on it is told from a sample of the keys, and met to a tenth.
    package var tenantKeys = 1_000_000

    /// Keys of tries in a visit.
    package static let triesAtMost = 40
    /// Keys up to which they are counted one by one, and about as many as the sample has beyond.
    package static let countedAtMost = 1000

    package init() {}
}

extension GreylistVisit {
    /// - Throws: `StoreTrouble.refused` for what no store keeps.
    package func checkFitness() throws {
        guard !tenant.isEmpty, tenant.utf8.count <= 255 else { throw StoreTrouble.refused("the tenant's name is empty or has more than 255 octets") }
        guard (1...GreylistTerms.triesAtMost).contains(tries.count) else { throw StoreTrouble.refused("a visit has 1 to \(GreylistTerms.triesAtMost) tries") }
        guard (tries + [client] + (author.map { [$0] } ?? [])).allSatisfy({ $0.count == 32 }) else { throw StoreTrouble.refused("a key has not 32 octets") }
    }
}
