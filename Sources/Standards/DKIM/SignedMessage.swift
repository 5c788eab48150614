package import Mail
internal import Synchronization

/// A message as its signatures see it: what those of DKIM and ARC need of it is made once, whoever asks first, on whichever thread.
package final class SignedMessage: Sendable {
    package let message: Message
    private let bodies: Mutex<BodyHashes>
    private let chosen = Mutex<SignedFields?>(nil)

    package init(_ message: Message) {
        self.message = message
        bodies = Mutex(BodyHashes(of: message))
    }

    /// Tells what will be asked for: where all is told before the first of it is asked for, one pass of a canonicalization is enough.
    package func expect(_ coverages: some Sequence<BodyCoverage>) {
        bodies.withLock { $0.expect(coverages) }
    }

    /// The hash; where the canonical body is shorter than the length, that of all of it.
    package func digest(_ coverage: BodyCoverage) -> BodyDigest { bodies.withLock { $0.digest(coverage) } }

    package var fields: SignedFields {
        chosen.withLock { known in
            if let known { return known }
            let fields = SignedFields(message.header)
            known = fields
            return fields
        }
    }

    /// Whether all fields are known: what is not cannot be chosen from the bottom.
    package var hasWholeHeader: Bool { message.header.isWhole }
}
