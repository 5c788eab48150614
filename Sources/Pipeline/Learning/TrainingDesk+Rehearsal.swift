internal import SpamFilter
internal import Verdicts

/// Messages of the other class, which are learned once more while many of one class come in a row.
///
/// A model that is taught all spam first and then all ham, as people do, would take everything for ham in the end: the last message that had a word decides most about it.
extension TrainingDesk {
    /// Events that may be rehearsed, each once.
    struct Rehearsing {
        var spam: [TrainingEvent] = [], ham: [TrainingEvent] = []

        var isEmpty: Bool { spam.isEmpty && ham.isEmpty }

        mutating func take(spam isSpam: Bool) -> TrainingEvent? { isSpam ? spam.popLast() : ham.popLast() }
    }

    /// Messages of one class by which it may be ahead, and what is remembered of that.
    private static let evenEnough = 4, mostSurplus = 50

    /// Counts a message that is learned.
    /// - Returns: whether its class is too far ahead.
    static func isOneSided(_ surplus: inout Int, isSpam: Bool) -> Bool {
        surplus = min(max(surplus + (isSpam ? 1 : -1), -mostSurplus), mostSurplus)
        return isSpam ? surplus > evenEnough : surplus < -evenEnough
    }

    /// Learns the weights of an event once more.
    /// - Parameters:
    ///   - cause: the event for whose sake it is; nil for a pass.
    ///   - echoes: gets the ticket of that change.
    func rehearse(_ event: TrainingEvent, for cause: VerdictID?, in resident: Resident, _ echoes: inout [Int]) -> TrainingRehearsal {
        let features = event.contribution.features, step = resident.model.rehearse(features.features, isSpam: event.isSpam)
        echoes.append(enter(Change(contribution: Contribution(features: features, step: step), sign: 1), in: resident))
        return TrainingRehearsal(event: event.id, step: step, cause: cause)
    }

    /// Draws as many events by lot as messages of these classes will ask for.
    /// - Parameter learned: what the layer has learned: of a class of which it has nothing nobody is asked.
    func rehearsing(for classes: [Bool], gone: Set<VerdictID>, in layer: TrainingLayer, surplus: Int, learned: (spam: Int, ham: Int)) async throws -> Rehearsing {
        var surplus = surplus, spam = 0, ham = 0, rehearsing = Rehearsing()
        for isSpam in classes where Self.isOneSided(&surplus, isSpam: isSpam) {
            surplus += isSpam ? -1 : 1
            if isSpam { ham += 1 } else { spam += 1 }
        }
        func isFit(_ event: TrainingEvent) -> Bool { !gone.contains(event.id) && event.rehearsals < limits.rehearsals }
        if spam > 0, learned.spam > 0 { rehearsing.spam = try await store.some(spam, ofSpam: true, in: layer).filter(isFit) }
        if ham > 0, learned.ham > 0 { rehearsing.ham = try await store.some(ham, ofSpam: false, in: layer).filter(isFit) }
        return rehearsing
    }
}
