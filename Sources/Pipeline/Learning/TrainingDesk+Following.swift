internal import SpamFilter

extension TrainingDesk {
    /// Does what the log tells since the last look.
    /// - Throws: `StoreTrouble`; the next call goes on where this one ended.
    package func follow() async throws {
        while true {
            let known = residents.values.flatMap { $0.early.keys }.sorted()
            let page = try await store.log(after: seen, of: nil, known: known, limit: limits.rowsAtOnce)
            stale.formUnion(take(page))
            for layer in stale {
                _ = try await resident(layer)
                stale.remove(layer)
            }
            if !page.isCut { return }
        }
    }

    /// Takes one piece of the log in, in one step: another call may have taken some of it meanwhile.
    /// - Returns: layers whose table is another one now.
    private func take(_ page: TrainingLog) -> Set<TrainingLayer> {
        var replaced: Set<TrainingLayer> = []
        for row in page.rows where row.position > seen {
            guard let resident = residents[row.layer], row.position > resident.position else { continue }
            if row.change == .replaced {
                drop(row.layer)
                replaced.insert(row.layer)
                continue
            }
            if resident.early.removeValue(forKey: row.position) == nil { Self.change(row)?.apply(to: resident.model) }
            resident.changes += 1
            resident.rowsSincePass += 1
            if case .learned(let contribution) = row.change, contribution.step.isCounted { paces[row.layer, default: Pace()].taughtAt = .now }
        }
        shelf.know(Set(page.rows.map(\.layer)))
        seen = max(seen, page.end)
        for resident in residents.values { resident.position = max(resident.position, seen) }
        return replaced
    }

    /// Loads the layers that messages asked for.
    package func fulfilWishes() async throws { for layer in shelf.wishes() { _ = try await resident(layer) } }

    /// Writes down the tables of layers that changed much since the last time.
    /// - Parameter changes: nil for the limit.
    package func writeSnapshots(after changes: Int? = nil) async throws {
        for (layer, resident) in residents where resident.changes >= max(1, changes ?? limits.changesToSnapshot(resident.model.learned, isPassing: resident.pass?.left ?? 0 > 0)) {
            let newest = try await store.snapshot(of: layer, contents: false)
            guard residents[layer] === resident else { continue }
            if let newest, newest.position >= resident.position {
                // Another node was there first.
                resident.changes = 0
                continue
            }
            let made = snapshot(of: resident)
            resident.changes = 0
            try await store.save(made, of: layer)
        }
    }

    /// The table as the log has it: what is in the model before its time is taken out for that moment.
    func snapshot(of resident: Resident) -> TrainingSnapshot {
        let before = Array(resident.early.values) + Array(resident.underWay.values)
        for change in before { change.apply(to: resident.model, times: -1) }
        defer { for change in before { change.apply(to: resident.model) } }
        return TrainingSnapshot(position: resident.position, octets: ModelFile.octets(of: resident.model))
    }

    /// Follows, loads, rehearses and writes down, until the task is cancelled.
    /// - Parameters:
    ///   - pause: between looks.
    ///   - report: gets what went wrong; the next look tries again.
    package func run(every pause: Duration = .seconds(1), report: @Sendable (any Error) -> Void) async {
        while !Task.isCancelled {
            // What goes on in the background leaves as much time to others as it takes.
            var start = ContinuousClock.now, isMore = false
            do {
                try await follow()
                try await fulfilWishes()
                try await writeSnapshots()
                start = .now
                isMore = try await rehearse()
            } catch is CancellationError { return } catch { report(error) }
            do { try await Task.sleep(for: isMore ? .now - start : pause) } catch { return }
        }
    }
}
