/// Which form of a word stands beside a whole number.
/// Source: Unicode CLDR, plural rules, cardinals; without the form that some languages have for whole millions, for which `other` stands.
package enum PluralCategory: String, Sendable, CaseIterable {
    case zero, one, two, few, many, other

    /// - Parameters:
    ///   - number: 0 or more.
    ///   - language: its subtag in lower case; of one that is not known here every number is `other`.
    package init(of number: Int, in language: String) {
        let ten = number % 10, hundred = number % 100, isTeen = (11...19).contains(hundred), isLikeTwelve = (12...14).contains(hundred)
        self = switch language {
        case "en", "de", "nl", "sv", "da", "nb", "nn", "no", "fi", "et", "it", "es", "ca", "el", "bg", "hu", "tr", "sq", "az", "ka", "kk", "uz": number == 1 ? .one : .other
        case "fr", "pt": number < 2 ? .one : .other
        case "ru", "uk", "be": ten == 1 && hundred != 11 ? .one : (2...4).contains(ten) && !isLikeTwelve ? .few : .many
        case "pl": number == 1 ? .one : (2...4).contains(ten) && !isLikeTwelve ? .few : .many
        case "cs", "sk": number == 1 ? .one : (2...4).contains(number) ? .few : .other
        case "sr", "hr", "bs": ten == 1 && hundred != 11 ? .one : (2...4).contains(ten) && !isLikeTwelve ? .few : .other
        case "sl": hundred == 1 ? .one : hundred == 2 ? .two : hundred == 3 || hundred == 4 ? .few : .other
        case "lt": isTeen || ten == 0 ? .other : ten == 1 ? .one : .few
        case "lv": isTeen || ten == 0 ? .zero : ten == 1 ? .one : .other
        case "ro": number == 1 ? .one : number == 0 || (1...19).contains(hundred) ? .few : .other
        default: .other
        }
    }

    /// Languages in which no number has a form of its own.
    private static let withOneForm: Set<String> = ["id", "ja", "km", "ko", "lo", "ms", "my", "th", "vi", "yue", "zh"]

    /// Whether the forms of a language are known here.
    /// - Parameter language: its subtag in lower case.
    package static func isKnown(_ language: String) -> Bool { withOneForm.contains(language) || all(in: language).count > 1 }

    /// Those that a language has for numbers from `least` on, in order.
    package static func all(in language: String, from least: Int = 0) -> [PluralCategory] {
        let met = Set((least...least + 200).map { PluralCategory(of: $0, in: language) })
        return allCases.filter(met.contains)
    }
}
