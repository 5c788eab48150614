import DNS
import Synchronization
package import Verdicts

/// The in-memory twin of the quarantine.
package final class MemoryQuarantine: QuarantineStore {
    private struct Entry {
        var message: KeptMessage
        var sealed: [UInt8]?
        var acts: [QuarantineAct] = []
    }

    package let limits: QuarantineLimits
    private let kept = Mutex<[Entry]>([])

    package init(limits: QuarantineLimits = QuarantineLimits()) { self.limits = limits }

    package func keep(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool {
        try message.checkFitness(sealed)
        return try kept.withLock { kept in
            if kept.contains(where: { $0.message.id == message.id && $0.message.tenant == message.tenant }) { return false }
            let used = Self.usage(message.tenant, kept)
            guard used.messages < limits.tenantMessages else { throw QuarantineTrouble.tooManyMessages(limit: limits.tenantMessages) }
            guard used.octets + sealed.count <= limits.tenantOctets else { throw QuarantineTrouble.tooManyOctets(limit: limits.tenantOctets) }
            var entry = Entry(message: message, sealed: sealed)
            entry.message.state = .kept
            kept.append(entry)
            return true
        }
    }

    package func exchange(_ message: KeptMessage, _ sealed: [UInt8]) async throws -> Bool {
        try message.checkFitness(sealed)
        return kept.withLock { kept in
            guard let place = Self.place(message.id, message.tenant, kept), kept[place].message.state == .kept else { return false }
            (kept[place].message, kept[place].sealed) = (message, sealed)
            kept[place].message.state = .kept
            return true
        }
    }

    package func withdraw(_ id: VerdictID, tenant: String) async throws -> Bool {
        kept.withLock { kept in
            guard let place = Self.place(id, tenant, kept), kept[place].message.state == .kept, kept[place].acts.isEmpty else { return false }
            kept.remove(at: place)
            return true
        }
    }

    package func messages(matching filter: QuarantineFilter, before: VerdictID?, limit: Int) async throws -> [KeptMessage] {
        let found = kept.withLock { $0.map(\.message) }.filter { message in filter.matches(message) && (before.map { message.id < $0 } ?? true) }
        return Array(found.sorted { $0.id > $1.id }.prefix(min(max(limit, 1), 1000)))
    }

    package func row(_ id: VerdictID, tenant: String?) async throws -> KeptMessage? { kept.withLock { kept in Self.place(id, tenant, kept).map { kept[$0].message } } }

    package func message(_ id: VerdictID, tenant: String?, noting act: QuarantineAct?) async throws -> (message: KeptMessage, sealed: [UInt8]?)? {
        try kept.withLock { kept in
            guard let place = Self.place(id, tenant, kept) else { return nil }
            if let act {
                guard kept[place].acts.count < limits.acts else { throw QuarantineTrouble.trailFull(limit: limits.acts) }
                kept[place].acts.append(act)
            }
            return (kept[place].message, kept[place].sealed)
        }
    }

    package func release(_ id: VerdictID, tenant: String?, evenInfected: Bool, noting note: QuarantineNote) async throws -> QuarantineAnswer {
        change(id, tenant, to: .released, QuarantineAct(.released, note)) { $0.obstacleToRelease(evenInfected: evenInfected) }
    }

    package func delete(_ id: VerdictID, tenant: String?, seenAs state: KeptMessage.State, noting note: QuarantineNote) async throws -> QuarantineAnswer {
        change(id, tenant, to: .deleted, QuarantineAct(.deleted, note)) { $0.obstacleToDelete(seenAs: state) }
    }

    package func acts(of id: VerdictID, tenant: String?) async throws -> [QuarantineAct] {
        kept.withLock { kept in Self.place(id, tenant, kept).map { kept[$0].acts.reversed().prefix(limits.actsShown) }.map { Array($0) } ?? [] }
    }

    package func remove(expiredBefore moment: Timestamp) async throws -> Int {
        kept.withLock { kept in
            let before = kept.count
            kept.removeAll { $0.message.expiresAt < moment }
            return before - kept.count
        }
    }

    package func usage(tenant: String) async throws -> QuarantineUsage { kept.withLock { Self.usage(tenant, $0) } }

    private func change(_ id: VerdictID, _ tenant: String?, to state: KeptMessage.State, _ act: QuarantineAct, unless obstacle: (KeptMessage) -> QuarantineAnswer?) -> QuarantineAnswer {
        kept.withLock { kept in
            guard let place = Self.place(id, tenant, kept) else { return .isMissing }
            if let answer = obstacle(kept[place].message) { return answer }
            kept[place].message.state = state
            if state == .deleted { kept[place].sealed = nil }
            kept[place].acts.append(act)
            return .done(kept[place].message)
        }
    }

    private static func place(_ id: VerdictID, _ tenant: String?, _ kept: [Entry]) -> Int? { kept.firstIndex { $0.message.id == id && (tenant == nil || $0.message.tenant == tenant) } }

    private static func usage(_ tenant: String, _ kept: [Entry]) -> QuarantineUsage {
        let sizes = kept.filter { $0.message.tenant == tenant }.compactMap { $0.sealed?.count }
        return QuarantineUsage(messages: sizes.count, octets: sizes.reduce(0, +))
    }
}

extension QuarantineFilter {
    /// The plain meaning of the filter, against which the database's is tested.
    fileprivate func matches(_ message: KeptMessage) -> Bool {
        func same<Value: Equatable>(_ wanted: Value?, _ value: Value?) -> Bool { wanted == nil || wanted == value }
        return same(tenant, message.tenant)
            && (since.map { message.receivedAt >= $0 } ?? true) && (until.map { message.receivedAt < $0 } ?? true)
            && same(sender, message.mailFrom) && (recipient.map { message.recipients.contains($0) } ?? true)
            && (subject.map { piece in message.subject.map { Self.holds(Array($0.lowercased().utf8), Array(piece.lowercased().utf8)) } ?? false } ?? true)
            && same(messageID, message.messageID) && (code.map { message.codes.contains($0) } ?? true)
            && (clientNetwork?.contains(message.clientIP) ?? true) && same(isInfected, message.isInfected) && same(state, message.state)
    }

    /// Octet by octet: a combining mark hides no letter.
    private static func holds(_ text: [UInt8], _ piece: [UInt8]) -> Bool {
        piece.count <= text.count && (0...(text.count - piece.count)).contains { text[$0...].starts(with: piece) }
    }
}
