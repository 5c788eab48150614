import DKIM

/// Why a chain does not hold.
/// Source: RFC 8617 §5.2.
package struct ARCFault: Error, Sendable, Hashable {
    /// The instance of the set that is at fault; nil where it is the chain as a whole.
    package let instance: Int?
    /// In plain words, with outside octets only where they can be shown.
    package let why: String
    /// Could not be known now: a key did not come.
    package let isTemporary: Bool
    /// Why nobody adds to the chain; nil where it is something else.
    package let refusal: Refusal?

    package enum Refusal: Sendable, Hashable {
        /// A seal says cv=fail.
        case failed
        /// It has as many sets as it may.
        case full
    }

    init(_ instance: Int?, _ why: String, isTemporary: Bool = false, refusal: Refusal? = nil) {
        self.refusal = refusal
        self.instance = instance
        self.why = why
        self.isTemporary = isTemporary
    }

    init(_ instance: Int?, _ field: String, _ fault: DKIMFault) {
        self.init(instance, "\(field)\(instance.map { " \($0)" } ?? ""): \(fault.why)", isTemporary: fault.result == .temperror)
    }
}
