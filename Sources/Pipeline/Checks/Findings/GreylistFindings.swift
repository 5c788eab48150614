internal import Verdicts

extension GreylistEvidence {
    /// - Parameter client: who is meant, as `GreylistKeys` says it.
    init(_ answer: GreylistAnswer, client: String) {
        switch answer {
        case .first(let wait): self.init(.deferred, client: client, wait: wait)
        case .early(let wait): self.init(.early, client: client, wait: wait)
        case .passed(let after): self.init(.passed, client: client, after: after)
        case .known: self.init(.known, client: client, reason: "it passed before")
        case .trusted: self.init(.known, client: client, reason: "the author has sent good messages")
        case .full: self.init(.unknown, client: client, reason: Self.noRoom)
        }
    }

    fileprivate static let noRoom = "the tenant has as many entries as it may"
}

extension Finding {
    /// What the greylist says of a client. Whom it cannot know it does not put off, so that finding stands for no other.
    init(_ answer: GreylistAnswer, client: String) {
        switch answer {
        case .first(let wait): self.init("greylist.deferred", "\(client) comes for the first time; it may come back in \(wait) seconds")
        case .early(let wait): self.init("greylist.early", "\(client) came back too early; \(wait) seconds are left")
        case .passed(let after): self.init("greylist.passed", "\(client) came back after \(after) seconds")
        case .known: self.init("greylist.known", "\(client) came back before")
        case .trusted: self.init("greylist.known", "the author has sent good messages before")
        case .full: self.init(unknown: "greylist.unknown", GreylistEvidence.noRoom, couldBe: [], passing: false)
        }
    }
}
