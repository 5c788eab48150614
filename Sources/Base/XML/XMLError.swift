/// Why a document is not read on.
package struct XMLError: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable {
        case limit(XMLLimit)
        /// The document has a document type, which could define entities and name files.
        case documentType
        /// The charset of the declaration is not known.
        case charset(String)
        /// What is wrong with it, in the parser's words.
        case malformed(String)
        case noMemory
    }

    package let reason: Reason
    /// From 1; 0 where it is not known.
    package let line: Int

    package init(_ reason: Reason, line: Int = 0) {
        self.reason = reason
        self.line = line
    }
}

extension XMLError: CustomStringConvertible {
    package var description: String {
        let what = switch reason {
        case .limit(let limit): "limit met: \(limit.rawValue)"
        case .documentType: "has a document type"
        case .charset(let label): "unknown charset \(label)"
        case .malformed(let what): "not well-formed: \(what)"
        case .noMemory: "no memory"
        }
        return line > 0 ? "line \(line): \(what)" : what
    }
}
