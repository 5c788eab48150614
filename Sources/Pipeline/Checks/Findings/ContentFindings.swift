internal import Mail
internal import Verdicts

/// What is wrong with the message by itself: one finding for each kind of defect.
func contentFindings(_ message: Message) -> [Finding] {
    message.defects.map { defect in
        let detail = defect.detail.map { ": \($0)" } ?? ""
        if case .limitMet(let limit) = defect.kind {
            return Finding("content.limit", "the limit \(limit.rawValue) was met; what lies beyond was not looked at\(detail)")
        }
        let words = defect.code.replacingHyphens(by: " ")
        return Finding("content.\(defect.code.replacingHyphens(by: "_"))", defect.count > 1 ? "\(words), \(defect.count) times\(detail)" : words + detail)
    }
}

extension String {
    fileprivate func replacingHyphens(by other: Character) -> String { String(map { $0 == "-" ? other : $0 }) }
}
