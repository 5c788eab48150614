/// The port to where is kept who came and who came again. Everybody is a key there, a digest of 32 octets: nobody's name is kept.
///
/// Time is the store's own, one for all nodes. Keys of one tenant mean nothing for another one. What a key is of is in the key, so that a try, a known client and
/// an author never meet. Who chooses keys with care gains nothing by it: how many there are does not depend on what they are.
package protocol GreylistStore: Sendable {
    /// Says whether who comes is known, and remembers that he came, in one step: of several at the same moment, on whatever node, each sees what the others left.
    ///
    /// An author with ``GreylistTerms/history`` messages, the first of them ``GreylistTerms/historyAge`` old or older, is trusted. Who is known stays so for ``GreylistTerms/knownFor`` from
    /// this visit on (to the hour) if the visit prolongs that, but by visits alone no longer than ``GreylistTerms/knownAtMost`` since he passed, or since ``prolong(_:_:by:)``. Of
    /// anyone else the tries are kept, each from the first time on for ``GreylistTerms/retryWithin``; with one that is ``GreylistTerms/wait`` old or older he has
    /// passed, and is known from then on.
    /// - Throws: `StoreTrouble`; then nothing is known, and it is not known what was kept.
    func meet(_ visit: GreylistVisit, _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws -> GreylistAnswer

    /// Adds to what authors have sent. What they had is forgotten ``GreylistTerms/historyWithin`` after their last message, so messages count that have no longer pause between them.
    ///
    /// An author who is new finds no place where his tenant has as many keys as it may; that is no trouble. More than ``GreylistTerms/history`` messages are not counted.
    /// - Parameter credits: each author once, at most ``GreylistTerms/writtenAtOnce``; all are added or none is.
    /// - Throws: `StoreTrouble`; then nothing was added, but where the answer was lost, which is not known.
    func add(_ credits: [GreylistCredit], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws

    /// Forgets how many messages authors have sent, and not since when: they begin anew to send, and need not wait another day.
    /// - Parameter authors: each once, at most ``GreylistTerms/writtenAtOnce``; all or none.
    func end(_ authors: [GreylistName], by deadline: ContinuousClock.Instant) async throws

    /// Those of the clients who are known stay so for ``GreylistTerms/knownFor`` from now on (to the hour), as if they had passed just now. Who is not known does not become so.
    /// - Parameter clients: each once, at most ``GreylistTerms/writtenAtOnce``; all or none.
    func prolong(_ clients: [GreylistName], _ terms: GreylistTerms, by deadline: ContinuousClock.Instant) async throws
}

/// Somebody with a message, as keys of 32 octets.
package struct GreylistVisit: Sendable, Equatable {
    package var tenant: String
    /// What a second try is told by; 1…``GreylistTerms/triesAtMost``.
    package var tries: [[UInt8]]
    /// The client and the sender's domain together.
    package var client: [UInt8]
    /// The author's domain, or himself where anybody has a mailbox; nil where nothing proves it.
    package var author: [UInt8]?
    /// Whether a client who is known stays so for longer by this visit.
    package var prolongs: Bool

    package init(tenant: String, tries: [[UInt8]], client: [UInt8], author: [UInt8]?, prolongs: Bool = true) {
        self.tenant = tenant; self.tries = tries; self.client = client; self.author = author; self.prolongs = prolongs
    }
}

/// A key of a tenant.
package struct GreylistName: Sendable, Hashable {
    package let tenant: String, key: [UInt8]

    package init(tenant: String, key: [UInt8]) { self.tenant = tenant; self.key = key }
}

/// Messages of an author that were taken without a doubt.
package struct GreylistCredit: Sendable, Hashable {
    package var author: GreylistName
    /// 1…
    package var messages: Int

    package init(author: GreylistName, messages: Int) { self.author = author; self.messages = messages }
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
    /// Seconds for which who passed stays known after his last message, 86,400…34,560,000: longer than a month, for what comes monthly.
    package var knownFor = 35 * 86_400
    /// Seconds for which he stays so by messages in doubt alone, from ``knownFor`` to 34,560,000; see ``GreylistStore/meet(_:_:by:)``.
    package var knownAtMost = 180 * 86_400
    /// Messages without a doubt after which an author is trusted, 1…1,000.
    package var history = 3
    /// Seconds since the first of them, 0…34,560,000: who sends them one after the other and then what he is about is not trusted. A day is about what lists take to hear of somebody.
    package var historyAge = 86_400
    /// Seconds that may lie between two of them, 86,400…34,560,000.
    package var historyWithin = 30 * 86_400
    /// Keys of a tenant, 1…100,000,000; about 200 octets each with their index. Callers at the same moment may go beyond it by what they add, and so may those who pass. From
    /// ``countedAtMost`` on it is told from a sample of the keys, and met to a tenth.
    package var tenantKeys = 1_000_000

    /// Keys of tries in a visit.
    package static let triesAtMost = 40
    /// Keys up to which they are counted one by one, and about as many as the sample has beyond.
    package static let countedAtMost = 1000
    /// Authors or clients that are written at once.
    package static let writtenAtOnce = 500

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

extension GreylistName {
    /// - Throws: `StoreTrouble.refused` for what no store keeps.
    package static func checkFitness(_ names: [GreylistName]) throws {
        guard names.count <= GreylistTerms.writtenAtOnce else { throw StoreTrouble.refused("more than \(GreylistTerms.writtenAtOnce) keys are written at once") }
        guard names.allSatisfy({ !$0.tenant.isEmpty && $0.tenant.utf8.count <= 255 && $0.key.count == 32 }) else { throw StoreTrouble.refused("a key has not 32 octets, or no tenant") }
    }
}
