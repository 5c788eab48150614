/// Whether a zone is asked at the moment.
enum ZoneGate: Equatable, Sendable {
    /// With `false`, what the zone does not list is not known to be unlisted.
    case open(believesAbsence: Bool)
    /// `passing`: whether it is trouble of the moment, not a list that refuses us or is not believed.
    case shut(reason: String, passing: Bool)

    static let silentReason = "the list does not list its own test entry"

    static let openAndBelieved = ZoneGate.open(believesAbsence: true)
}

/// What one message's questions told of one zone.
struct ZoneObservation: Sendable {
    var cached = 0, listed = 0, notListed = 0, refused = 0, trouble = 0, unrecognised = 0, notAsked = 0
    /// The reason of a refusal after which the zone is left alone.
    var refusal: String? = nil
    var lastTrouble: String? = nil
    var fresh = 0
    var waited: Duration = .zero

    mutating func took(_ duration: Duration) { fresh += 1; waited += duration }

    var isEmpty: Bool { cached == 0 && fresh == 0 && notAsked == 0 }
    var answers: Int { listed + notListed }
}

struct ZoneObservations: Sendable {
    private var all: [ZoneObservation]

    init(zones: Int) { all = Array(repeating: ZoneObservation(), count: zones) }

    subscript(zone: Int) -> ZoneObservation {
        get { all[zone] }
        set { all[zone] = newValue }
        _modify { yield &all[zone] }
    }

    var indices: Range<Int> { all.indices }
}
