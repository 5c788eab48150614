/// What a scan for malware came to.
package enum ScanOutcome: Sendable, Equatable {
    /// Every part was looked at, and nothing is known of it.
    case clean
    /// A signature fits, by its name.
    case infected(String)
    /// Not all of it was looked at, and nothing was found in what was: which limit, by libclamav's word (`MaxScanSize`), or `MaxMessageSize`.
    case limitsExceeded(String)
    /// Something in it cannot be read without a password: which kind (`Zip`, `PDF`), and nothing was found in the rest.
    case encrypted(String)
    /// No signature fits, but a rule of thumb does, such as `Heuristics.OLE2.ContainsMacros.VBA`.
    case suspicious(String)
    /// Nothing is known of it, and why.
    case notScanned(String)
}
