import DNS
package import Verdicts

extension KeptMessage {
    /// A message as it may be kept, of 4,321 octets, for 30 days.
    package static func sample(tenant: String = "default", at time: Timestamp, isInfected: Bool = false) -> KeptMessage {
        KeptMessage(.sample(tenant: tenant, at: time, action: .quarantine), from: "Bob Dobbs <bob@example.org>", isInfected: isInfected, keptAt: time.adding(seconds: 1), expiresAt: time.adding(seconds: 1 + 30 * 86_400))
    }
}
