package import SpamFilter
package import Verdicts

/// A message as it is learned.
package struct TrainingItem: Sendable, Equatable {
    /// SHA-256 of the message with CRLF line ends: 32 octets.
    package let digest: [UInt8]
    package let features: PackedFeatures
    package let isSpam: Bool
    package let origin: TrainingOrigin

    package init(digest: [UInt8], features: PackedFeatures, isSpam: Bool, origin: TrainingOrigin) {
        self.digest = digest; self.features = features; self.isSpam = isSpam; self.origin = origin
    }
}

/// What became of a message that was to be learned.
package enum TrainingResult: Sendable, Equatable {
    case learned(VerdictID)
    /// It was learned with the other class, which is unlearned.
    case changed(VerdictID)
    /// It was learned before with the same class: nothing changed.
    case known(VerdictID)

    /// The event in force.
    package var event: VerdictID {
        switch self {
        case .learned(let id), .changed(let id), .known(let id): id
        }
    }
}

extension TrainingDesk {
    /// Learns messages of one layer, in portions that are each durable when the next begins.
    /// - Parameter items: at most ``TrainingLimits/requestMessages``; those beyond are not looked at.
    /// - Returns: for each message what became of it.
    /// - Throws: `TrainingTrouble`, `StoreTrouble`; the portions before are learned, and are known when the same is asked again.
    package func learn(_ items: [TrainingItem], in layer: TrainingLayer, by note: TrainingNote) async throws -> [TrainingResult] {
        var results: [TrainingResult] = [], rest = items.prefix(limits.requestMessages)
        while !rest.isEmpty {
            var seen: Set<[UInt8]> = []
            let portion = rest.prefix(limits.messagesAtOnce).prefix { seen.insert($0.digest).inserted }
            rest = rest.dropFirst(portion.count)
            results += try await learn(portion: Array(portion), in: layer, by: note, attempts: Self.attempts)
            // What waits for the log to come to it lies in memory.
            if residents[layer]?.early.count ?? 0 >= 8 * limits.messagesAtOnce { try await follow() }
        }
        return results
    }

    private static let attempts = 4

    private func learn(portion: [TrainingItem], in layer: TrainingLayer, by note: TrainingNote, attempts: Int) async throws -> [TrainingResult] {
        let standing = try await store.standing(portion.map(\.digest), in: layer), resident = try await resident(layer)
        let fresh = zip(portion, standing).filter { $1?.isSpam != $0.isSpam }
        // What others take back at the same moment keeps nobody from learning: a second attempt does without.
        var rehearsing = attempts < Self.attempts ? Rehearsing() : try await rehearsing(for: fresh.map(\.0.isSpam), gone: Set(fresh.compactMap { $0.1?.id }), in: layer, surplus: resident.surplus, learned: resident.model.learned)
        // What is taken back must be in the model, and what is rehearsed: another node may have learned it a moment ago.
        if !rehearsing.isEmpty || fresh.contains(where: { $0.1 != nil }) { try await follow() }
        // From here to the question to the store in one step: nobody else changes the model.
        let surplus = resident.surplus
        var additions: [TrainingAddition] = [], rehearsals: [TrainingRehearsal] = [], tickets: [(learned: Int, removed: Int?)] = [], echoes: [Int] = [], results: [TrainingResult] = []
        for (item, known) in zip(portion, standing) {
            if let known, known.isSpam == item.isSpam { results.append(.known(known.id)); continue }
            let removed = known.map { put(Change(contribution: $0.contribution, sign: -1), into: resident) }
            let step = resident.model.learn(item.features.features, isSpam: item.isSpam), contribution = Contribution(features: item.features, step: step)
            tickets.append((enter(Change(contribution: contribution, sign: 1), in: resident), removed))
            let event = TrainingEvent(id: VerdictID(at: note.at), layer: layer, digest: item.digest, contribution: contribution, origin: item.origin, note: note)
            additions.append(TrainingAddition(event, replaces: known?.id, rehearsals: known?.rehearsals ?? 0))
            results.append(known == nil ? .learned(event.id) : .changed(event.id))
            if Self.isOneSided(&resident.surplus, isSpam: item.isSpam), let other = rehearsing.take(spam: !item.isSpam) {
                resident.surplus += item.isSpam ? -1 : 1
                rehearsals.append(rehearse(other, for: event.id, in: resident, &echoes))
            }
        }
        if additions.isEmpty { return results }
        paces[layer, default: Pace()].taughtAt = .now
        do {
            let places = try await store.append(additions, rehearsals: rehearsals, in: layer)
            guard places.additions.count == tickets.count, places.rehearsals.count == echoes.count else { throw StoreTrouble.refused("\(places.additions.count) answers to \(tickets.count) events") }
            for (place, ticket) in zip(places.additions, tickets) {
                if let removed = ticket.removed { settle(removed, at: place.removal, in: resident) }
                settle(ticket.learned, at: place.position, in: resident)
            }
            for (position, echo) in zip(places.rehearsals, echoes) { settle(echo, at: position, in: resident) }
            return results
        } catch {
            // Should it stand all the same, the log tells.
            resident.surplus = surplus
            for echo in echoes.reversed() { settle(echo, at: nil, in: resident) }
            for ticket in tickets.reversed() {
                settle(ticket.learned, at: nil, in: resident)
                if let removed = ticket.removed { settle(removed, at: nil, in: resident) }
            }
            guard error as? TrainingTrouble == .contended, attempts > 1 else { throw error }
            return try await learn(portion: portion, in: layer, by: note, attempts: attempts - 1)
        }
    }

    private func put(_ change: Change, into resident: Resident) -> Int {
        change.apply(to: resident.model)
        return enter(change, in: resident)
    }

    func enter(_ change: Change, in resident: Resident) -> Int {
        lastTicket += 1
        resident.underWay[lastTicket] = change
        return lastTicket
    }

    /// A change is in the log, or is not to be.
    /// - Parameter position: nil where it does not stand.
    func settle(_ ticket: Int, at position: Int64?, in resident: Resident) {
        guard let change = resident.underWay.removeValue(forKey: ticket) else { return }
        if let position, position > resident.position {
            resident.early[position] = change
        } else {
            // It does not stand; or the log was quicker, and it is there twice.
            change.apply(to: resident.model, times: -1)
        }
    }

    /// Unlearns all that a choice names; when this returns, it is so on this node.
    /// - Returns: how many messages.
    package func unlearn(_ choice: TrainingChoice, by note: TrainingNote) async throws -> Int {
        var all = 0
        while true {
            let gone = try await store.unlearn(choice, by: note, limit: min(limits.requestMessages, 1_000))
            all += gone
            if gone == 0 { break }
        }
        try await follow()
        return all
    }

    /// The model of a layer as it is written down.
    package func export(_ layer: TrainingLayer) async throws -> [UInt8] {
        try await follow()
        return ModelFile.octets(of: try await resident(layer).model)
    }

    /// Puts a model in the place of all that a layer learned.
    /// - Throws: `TrainingTrouble.noModel`.
    package func replace(_ layer: TrainingLayer, with octets: [UInt8], by note: TrainingNote) async throws {
        guard octets.count <= limits.modelOctets else { throw TrainingTrouble.noModel("it has more than \(limits.modelOctets) octets") }
        let learned = try ModelFile.model(octets, bits: limits.bits(of: layer)).learned
        _ = try await store.replace(layer, with: octets, learned: learned, by: note)
        try await follow()
    }
}
