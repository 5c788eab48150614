internal import Foundation
internal import Limiting
internal import Verdicts

extension SendingParty {
    /// Who sent a message that was judged, as the mail server told; nil where its record cannot be read.
    init?(_ record: VerdictRecord) {
        guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(record.envelope)) else { return nil }
        self.init(envelope)
    }
}
