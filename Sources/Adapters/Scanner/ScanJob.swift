internal import Malware

/// A message that is to be scanned, or a part of one.
struct ScanJob {
    let id: UInt64
    let ticket: MessageTicket
    let file: SealedFile
    /// When it came.
    let since: ContinuousClock.Instant
    let deadline: ContinuousClock.Instant
    let answer: CheckedContinuation<ScanReport, Never>
    /// Scanners that ended over it.
    var attempts = 0
    /// How the last one did.
    var trouble = ""
}
