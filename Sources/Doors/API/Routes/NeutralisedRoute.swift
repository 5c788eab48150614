internal import Foundation
internal import HTTPTypes
internal import Mail
internal import Threads
internal import Verdicts

/// `GET /v1/verdicts/{id}/neutralised`: the whole message, made harmless.
struct NeutralisedRoute: Sendable {
    let verdicts: any VerdictStore
    /// nil where no message is kept.
    let quarantine: QuarantineDesk?
    let notes: Notes?
    private let readers = QueueRound(label: "postern.neutralised")

    init(verdicts: any VerdictStore, quarantine: QuarantineDesk?, notes: Notes?) { self.verdicts = verdicts; self.quarantine = quarantine; self.notes = notes }

    var route: Route { Route(.get, "/v1/verdicts/{id}/neutralised", .scope(.judge), fetch) }

    /// The member of a decision that says how.
    private struct Kept: Decodable { let neutralised: Neutralisation? }

    @Sendable private func fetch(_ call: Call) async throws -> Answer {
        var language: String?
        for field in try call.query().fields {
            guard field.name == "language" else { throw Problem.parameter(field.name, "is not a parameter here") }
            guard language == nil else { throw Problem.parameter(field.name, "is given more than once") }
            language = field.value
        }
        guard let text = call.names.first, let id = VerdictID(text), let record = try await verdicts.verdict(id, tenant: call.tenant) else { throw Problem.notFound("There is no verdict with this id.") }
        // What an earlier version wrote has no such member.
        guard record.action == .neutralise, let how = (try? JSONDecoder().decode(Kept.self, from: Data(record.decision)))?.neutralised else {
            throw Problem(.conflict, "not-neutralised", "The message was not made harmless", "The verdict is \(record.action.rawValue).")
        }
        if language != nil, record.direction == .outbound { throw Problem.parameter("language", "cannot be chosen for a message that goes out: it is signed with its notes") }
        guard let notes, let note = notes.note(for: record.tenant, in: language) else {
            throw Problem.parameter("language", "is none of \(notes?.languages(of: record.tenant).joined(separator: ", ") ?? "")")
        }
        guard let quarantine else { throw Problem.noQuarantine }
        let act = QuarantineAct(.fetched, QuarantineNote(by: QuarantineRoutes.who(call), at: call.time, reason: "made harmless"))
        guard let (_, octets) = try await QuarantineRoutes.told({ try await quarantine.quarantine.message(id, tenant: record.tenant, noting: act) }), let octets else {
            throw Problem.notFound("The message is not kept any more.")
        }
        return Answer(await withTaskExecutorPreference(readers.next) { @concurrent in how.octets(of: Message(octets: octets), note: note, verdict: id) }, mediaType: "message/rfc822")
    }
}
