internal import JSON

/// What somebody says of a message.
/// Source: RFC 5965 §7.3 (the registry), RFC 6430 (not-spam), RFC 6591 (auth-failure); opt-out and opt-out-list are of its drafts, and in use.
package enum FeedbackType: Sendable, Hashable {
    case abuse, fraud, virus, other, notSpam, optOut, optOutList, authFailure
    /// A word of nobody's registry, in lower case.
    case unknown(String)
}

extension FeedbackType: CodedAsText {
    package static var textForm: String { "a feedback type" }

    private static let registered: [(FeedbackType, String)] = [
        (.abuse, "abuse"), (.fraud, "fraud"), (.virus, "virus"), (.other, "other"), (.notSpam, "not-spam"), (.optOut, "opt-out"), (.optOutList, "opt-out-list"), (.authFailure, "auth-failure"),
    ]

    /// - Returns: nil for an empty text.
    package init?(_ text: String) {
        let word = text.lowercased()
        guard !word.isEmpty else { return nil }
        self = Self.registered.first { $0.1 == word }?.0 ?? .unknown(word)
    }

    package var description: String {
        if case .unknown(let word) = self { return word }
        return Self.registered.first { $0.0 == self }?.1 ?? "other"
    }
}
