internal import Foundation
internal import Limiting
internal import RateLimits

/// Whom a path with `{scope}/{subject}` names.
enum SubjectPath {
    /// - Parameter tenant: whose it is; nil for `default`.
    static func meant(_ call: Call, tenant: String?) throws(Problem) -> TenantSubject {
        guard let scope = call.names.first.flatMap({ LimitScope(rawValue: $0) }) else { throw .scope("scope") }
        guard call.names.count == 2, let name = Query.decoded(Array(call.names[1].utf8)[...]) else { throw .parameter("subject", "is not percent-encoded UTF-8") }
        do { return TenantSubject(tenant: tenant ?? "default", try LimitSubject(scope, name)) } catch { throw .parameter("subject", error.problem) }
    }
}

extension Problem {
    static func scope(_ name: String) -> Problem { .parameter(name, "is none of \(LimitScope.allCases.map(\.rawValue).joined(separator: ", "))") }
}

/// Where a page of subjects ended: tenant, scope and name in base64url.
enum SubjectCursor {
    static func text(after place: TenantSubject) -> String {
        Cursor.text(of: Data("\(place.tenant)\u{1f}\(place.subject)".utf8))
    }

    static func place(_ name: String, _ text: String) throws(Problem) -> TenantSubject {
        guard let place = read(text) else { throw .parameter(name, "is not one that was given here") }
        return place
    }

    private static func read(_ text: String) -> TenantSubject? {
        guard text.utf8.count <= 2048, let data = Cursor.data(of: text) else { return nil }
        let parts = String(decoding: data, as: UTF8.self).split(separator: "\u{1f}", maxSplits: 1).map(String.init)
        guard parts.count == 2, let subject = try? LimitSubject(path: parts[1]) else { return nil }
        return TenantSubject(tenant: parts[0], subject)
    }
}
