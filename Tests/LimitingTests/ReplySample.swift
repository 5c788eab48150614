import Limiting
import RateLimits
import Testing

/// The words of a file of replies, short.
enum ReplySample {
    static func template(_ language: String, _ changes: [String: String] = [:]) throws -> ReplyTemplate {
        try ReplyTemplate(#require(LanguageTag(language)), entries(language).merging(changes) { $1 })
    }

    static func entries(_ language: String) -> [String: String] { language == "ru" ? russian : english }

    private static let english: [String: String] = {
        var words = ["exceeded": "{scope} {subject}: {limit} {counts} {per}, used {used}. Again at {at}.", "held": "{subject}: goes at {at}.", "held_again": "Goes at {at}.", "too_large": "Needs {needs} of {limit} {counts} {per}.", "frozen": "{scope} {subject} is stopped.",
                     "time": "{hour}:{minute} {zone} on {day} {month} {year}", "thousands": ","]
        for (name, one, other) in [("recipients", "recipient", "recipients"), ("messages", "message", "messages"), ("octets", "byte", "bytes")] { (words["counts.\(name).one"], words["counts.\(name).other"]) = (one, other) }
        for unit in ["second", "minute", "hour", "day"] { (words["per.\(unit).single"], words["per.\(unit).other"]) = ("per \(unit)", "in {number} \(unit)s") }
        for scope in LimitScope.allCases { words["scopes.\(scope.rawValue)"] = scope.rawValue }
        for (place, month) in "January February March April May June July August September October November December".split(separator: " ").enumerated() { words["months.\(place + 1)"] = String(month) }
        return words
    }()

    private static let russian: [String: String] = {
        var words = ["exceeded": "{scope} {subject}: {limit} {counts} {per}, использовано {used}. Снова {at}.", "held": "{subject}: уйдёт {at}.", "held_again": "Уйдёт {at}.", "too_large": "Нужно {needs}, лимит {limit} {counts} {per}.", "frozen": "{scope} {subject}: отправка остановлена.",
                     "time": "{day} {month} {year} г. в {hour}:{minute} {zone}", "thousands": "\u{a0}"]
        for (name, one, few, many) in [("recipients", "получатель", "получателя", "получателей"), ("messages", "письмо", "письма", "писем"), ("octets", "байт", "байта", "байт")] {
            (words["counts.\(name).one"], words["counts.\(name).few"], words["counts.\(name).many"]) = (one, few, many)
        }
        for (unit, single, one, few, many) in [("second", "секунду", "секунду", "секунды", "секунд"), ("minute", "минуту", "минуту", "минуты", "минут"), ("hour", "час", "час", "часа", "часов"), ("day", "день", "день", "дня", "дней")] {
            words["per.\(unit).single"] = "в \(single)"
            (words["per.\(unit).one"], words["per.\(unit).few"], words["per.\(unit).many"]) = ("за {number} \(one)", "за {number} \(few)", "за {number} \(many)")
        }
        for scope in LimitScope.allCases { words["scopes.\(scope.rawValue)"] = scope == .mailbox ? "почтового ящика" : scope.rawValue }
        for (place, month) in "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split(separator: " ").enumerated() { words["months.\(place + 1)"] = String(month) }
        return words
    }()
}
