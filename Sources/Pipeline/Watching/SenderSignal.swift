/// What speaks for somebody else at work in an account or a site.
package enum SenderSignal: String, Sendable, CaseIterable {
    /// Recipients to whom it never wrote before.
    case newRecipients = "new_recipients"
    /// Networks from which it never logged in before.
    case newNetworks = "new_networks"
    /// Messages from clients that lists name for the use of stolen passwords.
    case listedClient = "listed_client"
    /// Messages that look like spam.
    case spam
    /// Messages with malware.
    case malware
    /// Messages that limits on sending put off.
    case putOff = "put_off"
    /// Recipients that could not be reached and never will be.
    case bounces
    /// Recipients who complain.
    case complaints

    /// Whether it is known only once it is known what is usual.
    package var needsHabits: Bool { self == .newRecipients || self == .newNetworks }
    /// Whether it is counted beside recipients, for a share; else beside messages.
    var isOfRecipients: Bool { [.newRecipients, .bounces, .complaints].contains(self) }
}

/// How much of each was seen. Each 0…2³¹.
package struct SenderCounts: Sendable, Equatable {
    /// All that were to go, but for those that limits put off; recipients of those that went.
    package var messages = 0, recipients = 0
    package var newRecipients = 0, newNetworks = 0, listedClient = 0, spam = 0, malware = 0, putOff = 0, bounces = 0, complaints = 0

    package init() {}

    package subscript(_ signal: SenderSignal) -> Int {
        get {
            switch signal {
            case .newRecipients: newRecipients
            case .newNetworks: newNetworks
            case .listedClient: listedClient
            case .spam: spam
            case .malware: malware
            case .putOff: putOff
            case .bounces: bounces
            case .complaints: complaints
            }
        }
        set {
            switch signal {
            case .newRecipients: newRecipients = newValue
            case .newNetworks: newNetworks = newValue
            case .listedClient: listedClient = newValue
            case .spam: spam = newValue
            case .malware: malware = newValue
            case .putOff: putOff = newValue
            case .bounces: bounces = newValue
            case .complaints: complaints = newValue
            }
        }
    }

    /// Whether anything is among it that could be too often.
    package var isSuspicious: Bool { SenderSignal.allCases.contains { self[$0] > 0 } }

    package static func += (one: inout SenderCounts, other: SenderCounts) {
        one.messages += other.messages
        one.recipients += other.recipients
        for signal in SenderSignal.allCases { one[signal] += other[signal] }
    }
}
