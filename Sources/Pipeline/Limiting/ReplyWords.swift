internal import JSON
internal import RateLimits
internal import Verdicts

/// The words of one language in which limits, windows and moments are told.
struct ReplyWords: Sendable, Equatable {
    private let language: String
    private let counts: [RateLimit.Quantity: [PluralCategory: String]]
    private let single: [LimitWindow.Unit: String]
    private let several: [LimitWindow.Unit: [PluralCategory: TemplateText]]
    private let scopes: [LimitScope: String]
    private let months: [String]
    private let time: TemplateText
    private let thousands: String

    private static let wordOctets = 200

    init(_ entries: inout ReplyEntries) throws(TemplateText.Fault) {
        let language = entries.language, forms = PluralCategory.all(in: language)
        self.language = language
        var counts: [RateLimit.Quantity: [PluralCategory: String]] = [:], single: [LimitWindow.Unit: String] = [:], several: [LimitWindow.Unit: [PluralCategory: TemplateText]] = [:], scopes: [LimitScope: String] = [:]
        for quantity in RateLimit.Quantity.allCases {
            for form in forms { counts[quantity, default: [:]][form] = try entries.word("counts.\(quantity.rawValue).\(form.rawValue)") }
            entries.passOver("counts.\(quantity.rawValue).other")
        }
        for unit in LimitWindow.Unit.allCases {
            single[unit] = try entries.word("per.\(unit.rawValue).single")
            for form in PluralCategory.all(in: language, from: 2) { several[unit, default: [:]][form] = try entries.text("per.\(unit.rawValue).\(form.rawValue)", ["number"], needed: ["number"], Self.wordOctets) }
            entries.passOver("per.\(unit.rawValue).other")
        }
        for scope in LimitScope.allCases { scopes[scope] = try entries.word("scopes.\(scope.rawValue)") }
        var months: [String] = []
        for number in 1...12 { months.append(try entries.word("months.\(number)")) }
        time = try entries.text("time", ["day", "month", "year", "hour", "minute", "zone"], needed: ["zone"], Self.wordOctets)
        thousands = try entries.wordIfAny("thousands") ?? ""
        guard thousands.count <= 1 else { throw TemplateText.Fault(description: "thousands: has more than one character") }
        self.counts = counts; self.single = single; self.several = several; self.scopes = scopes; self.months = months
    }

    /// `2,000`.
    func number(_ number: Int) -> String {
        let digits = Array(String(number))
        guard !thousands.isEmpty else { return String(digits) }
        var text = ""
        for (place, digit) in digits.enumerated() {
            if place > 0, digit.isNumber, digits[place - 1].isNumber, (digits.count - place) % 3 == 0 { text += thousands }
            text.append(digit)
        }
        return text
    }

    /// What is counted, in the form that stands beside a number.
    func counts(_ quantity: RateLimit.Quantity, _ number: Int) -> String { counts[quantity]?[PluralCategory(of: max(number, 0), in: language)] ?? quantity.rawValue }

    /// `per hour`, `in 2 hours`.
    func per(_ window: LimitWindow) -> String {
        let (number, unit) = window.parted
        if number == 1 { return single[unit] ?? window.description }
        return several[unit]?[PluralCategory(of: number, in: language)]?.text { $0 == "number" ? self.number(number) : nil } ?? window.description
    }

    func scope(_ scope: LimitScope) -> String { scopes[scope] ?? scope.rawValue }

    /// A moment in UTC, rounded up to the minute: who comes then does not come too early.
    func time(_ moment: Timestamp) -> String {
        let minutes = (max(moment.milliseconds, 0) + 59_999) / 60_000, days = minutes / 1440, ofDay = minutes % 1440, date = CalendarDay(number: days)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return time.text { name in
            switch name {
            case "day": String(date.day)
            case "month": months.indices.contains(date.month - 1) ? months[date.month - 1] : String(date.month)
            case "year": String(date.year)
            case "hour": two(ofDay / 60)
            case "minute": two(ofDay % 60)
            case "zone": "UTC"
            default: nil
            }
        }
    }
}

/// What a file of replies has, by dotted key, and what of it was asked for.
struct ReplyEntries {
    /// A subtag in lower case.
    let language: String
    private let entries: [String: String]
    private var asked: Set<String> = []

    init(_ entries: [String: String], language: String) { self.entries = entries; self.language = language }

    /// A key that may be there and is not read: the form of fractions.
    mutating func passOver(_ key: String) { asked.insert(key) }

    mutating func wordIfAny(_ key: String) throws(TemplateText.Fault) -> String? {
        asked.insert(key)
        guard let text = entries[key] else { return nil }
        guard text.utf8.count <= Self.wordOctets, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f && $0 != "{" }) else {
            throw TemplateText.Fault(description: "\(key): has more than \(Self.wordOctets) octets, a control character or a brace in it")
        }
        return text
    }

    mutating func word(_ key: String) throws(TemplateText.Fault) -> String {
        guard let text = try wordIfAny(key) else { throw missing(key) }
        guard text.contains(where: { !$0.isWhitespace }) else { throw TemplateText.Fault(description: "\(key): is empty") }
        return text
    }

    mutating func text(_ key: String, _ variables: [String], needed: [String], _ octetLimit: Int) throws(TemplateText.Fault) -> TemplateText {
        asked.insert(key)
        guard let text = entries[key] else { throw missing(key) }
        let template: TemplateText
        do { template = try TemplateText(Self.oneLine(text), variables: variables, octetLimit: octetLimit, allowsBraces: false) } catch { throw TemplateText.Fault(description: "\(key): \(error)") }
        let found = template.variables
        if let missing = needed.first(where: { !found.contains($0) }) { throw TemplateText.Fault(description: "\(key): is without {\(missing)}") }
        guard found.count <= Self.mostVariables else { throw TemplateText.Fault(description: "\(key): has more than \(Self.mostVariables) variables") }
        return template
    }

    private func missing(_ key: String) -> TemplateText.Fault { TemplateText.Fault(description: "\(key): is missing\(formsNote(key))") }

    /// What there is to say where a key is for a form of a language whose forms are not known.
    private func formsNote(_ key: String) -> String {
        let isForm = (key.hasPrefix("counts.") || key.hasPrefix("per.")) && PluralCategory.allCases.contains { key.hasSuffix(".\($0.rawValue)") }
        return isForm && !PluralCategory.isKnown(language) ? "; the forms of this language are not known here, and `other` is used" : ""
    }

    /// Tells of the first key, in order, that nothing asked for; nil where there is none.
    var unknown: TemplateText.Fault? {
        entries.keys.filter { !asked.contains($0) }.min().map { TemplateText.Fault(description: "\($0): is none of the keys that a file in this language has\(formsNote($0))") }
    }

    /// Octets of a word, and variables of one text.
    private static let wordOctets = 200, mostVariables = 20

    /// Line breaks become blanks, those at the ends nothing.
    private static func oneLine(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }
}
