package import SpamFilter
package import Verdicts

/// Where a message came from that is learned.
package enum TrainingOrigin: Sendable, Hashable {
    /// Its octets were handed in.
    case message
    /// Its features were kept with its verdict.
    case verdict(VerdictID)
    /// Independent evidence told its class.
    case automatic
}

extension TrainingOrigin: CustomStringConvertible {
    /// `message`, `verdict:` and the id, or `automatic`.
    package var description: String {
        switch self {
        case .message: "message"
        case .verdict(let id): "verdict:\(id)"
        case .automatic: "automatic"
        }
    }
}

/// Who has something learned, when and from what.
package struct TrainingNote: Sendable, Equatable {
    /// The token's id and name, or what learned by itself.
    package let by: String
    package let at: Timestamp
    /// The batch, in the words of whoever learns: by it all of it is unlearned together. Empty where nothing was said; at most ``TrainingLimits/sourceOctets`` octets.
    package let source: String

    package init(by: String, at: Timestamp, source: String = "") { self.by = by; self.at = at; self.source = source }
}

/// What one message adds to a layer's model: enough to add it on another node, and to take it back.
package struct Contribution: Sendable, Equatable {
    package let features: PackedFeatures
    package let step: LearningStep

    package init(features: PackedFeatures, step: LearningStep) { self.features = features; self.step = step }
}

/// A message that was learned.
package struct TrainingEvent: Sendable, Equatable {
    package let id: VerdictID
    package let layer: TrainingLayer
    /// SHA-256 of the message with CRLF line ends: 32 octets.
    package let digest: [UInt8]
    /// With what its rehearsals changed.
    package let contribution: Contribution
    /// How often it was rehearsed, and how often one of that was taken back.
    package let rehearsals: Int
    package let origin: TrainingOrigin
    package let note: TrainingNote

    package var isSpam: Bool { contribution.step.isSpam }

    package init(id: VerdictID, layer: TrainingLayer, digest: [UInt8], contribution: Contribution, rehearsals: Int = 0, origin: TrainingOrigin, note: TrainingNote) {
        self.id = id; self.layer = layer; self.digest = digest; self.contribution = contribution; self.rehearsals = rehearsals; self.origin = origin; self.note = note
    }
}
