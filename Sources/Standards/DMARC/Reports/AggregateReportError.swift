package import XML

/// Why a document is no aggregate report, or a report cannot be written.
package enum AggregateReportError: Error, Hashable, Sendable {
    /// The document itself cannot be read.
    case document(XMLError)
    /// There is no `feedback` element.
    case noReport
    /// An element that must be there, by its path: `policy_published/domain`.
    case missing(String)
    /// What stands in an element that must hold something else.
    case invalid(String, String)
    /// More records than ``AggregateReportLimits/records``.
    case tooManyRecords
}

extension AggregateReportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .document(let error): error.description
        case .noReport: "no feedback element"
        case .missing(let path): "\(path): missing"
        case .invalid(let path, let value): "\(path): not valid: \(value)"
        case .tooManyRecords: "limit met: records"
        }
    }
}
