package import DKIM

/// Something about a key that whoever runs the service, or owns the domain, may want to hear of.
package struct KeyChange: Sendable, Equatable {
    package let key: SigningKey
    /// The state that it left; nil where only its record changed.
    package let left: KeyState?
    /// Its record is known to be wrong since this change; false where it is right again; nil where nothing changed.
    package let becameWrong: Bool?

    /// - Returns: nil where there is nothing to say.
    init?(was: SigningKey, is key: SigningKey, _ schedule: KeySchedule) {
        let (before, after) = (was.isBroken(schedule), key.isBroken(schedule))
        guard was.state != key.state || before != after else { return nil }
        self.key = key
        left = was.state == key.state ? nil : was.state
        becameWrong = before == after ? nil : after
    }

    /// Whether somebody has to do something.
    package var isTrouble: Bool { becameWrong == true || (left == .published && key.state == .pending) }
}

extension KeyChange: CustomStringConvertible {
    package var description: String {
        var parts: [String] = []
        if let left { parts.append("\(left.rawValue) → \(key.state.rawValue)") }
        if let becameWrong { parts.append(becameWrong ? "its record is not as it should be" : "its record is as it should be again") }
        if let check = key.check, check.sighting != .matches { parts.append(check.sighting.word + (check.sighting.detail.map { ": \($0)" } ?? "")) }
        return parts.joined(separator: "; ")
    }
}
