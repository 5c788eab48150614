internal import Letters

/// Which telling words a text has.
package struct WordFacts {
    /// What a group of words is about.
    package enum Theme: Int, CaseIterable, Sendable {
        /// Somebody's fortune that needs a stranger's account; an account that needs its owner at once; shame or ruin that can be bought off.
        case fortune, account, threat
        /// Medicine without a doctor; a prize without a game; money lent to anybody; shares that will rise.
        case medicine, prize, loan, shares
        /// Words in which a password is told; words of offers.
        case password, offer
        /// A parcel that waits; an invoice or an order that nobody made.
        case parcel, bill
    }

    /// Different words of each theme.
    private(set) var counts = [Int](repeating: 0, count: Theme.allCases.count)
    /// Octets of words, and words, of ASCII letters.
    private(set) var words = 0
    /// The longest row of single letters with something between: `v i a g r a`.
    private(set) var longestGaps = 0
    private var seen = [Bool](repeating: false, count: Slots.count)

    package init() {}

    /// Different words of the theme that were taken.
    package func count(_ theme: Theme) -> Int { counts[theme.rawValue] }

    /// Takes the words of a text, those of 3 to 31 octets.
    /// - Parameter text: folded.
    package mutating func take(_ text: [UInt8]) { unsafe text.withUnsafeBufferPointer { unsafe take($0) } }

    // Unsafe and sound: no octet is read beyond the count of the text, and the lengths have a place for each octet.
    private mutating func take(_ text: UnsafeBufferPointer<UInt8>) {
        unsafe Self.themes.lengths.withUnsafeBufferPointer { lengths in
            var at = 0, row = 0, between = 0, longest = longestGaps, count = words
            while at < text.count {
                let first = unsafe text[at]
                guard Self.isOfWord(first) else {
                    // Digits and line ends make no word of letters that stand apart.
                    between &+= first == 10 || first &- 48 < 10 ? 2 : 1
                    at &+= 1
                    continue
                }
                let start = at
                repeat { at &+= 1 } while unsafe at < text.count && Self.isOfWord(text[at])
                let length = at &- start
                // Most words have another length than those of a theme with their first letter.
                if length < 32, unsafe lengths[Int(first)] >> UInt32(truncatingIfNeeded: length) & 1 != 0 { unsafe take(Self.hash(text[start..<at])) }
                // What the text ends with is no word between others.
                if at == text.count { break }
                row = length == 1 && (row == 0 || between == 1) ? row &+ 1 : length == 1 ? 1 : 0
                longest = max(longest, row)
                count &+= 1
                between = 0
            }
            longestGaps = longest
            words = count
        }
    }

    @inline(__always)
    private static func isOfWord(_ octet: UInt8) -> Bool { octet >= 0x80 || octet &- 97 < 26 }

    private mutating func take(_ hash: UInt64) {
        guard let theme = Self.themes.find(hash), !seen[theme.place] else { return }
        seen[theme.place] = true
        for each in Theme.allCases where theme.themes & 1 << UInt16(each.rawValue) != 0 { counts[each.rawValue] &+= 1 }
    }

    @inline(__always)
    private static func hash(_ word: some Sequence<UInt8>) -> UInt64 { word.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 } }

    /// The themes of each word as bits, at the place that its hash says or behind it.
    private struct Slots {
        static let count = 1024
        private var hashes = [UInt64](repeating: 0, count: count), themes = [UInt16](repeating: 0, count: count)

        /// Of words with each first octet, how long those are of 3 to 31 octets, as bits.
        private(set) var lengths = [UInt32](repeating: 0, count: 256)

        mutating func add(_ word: some Collection<UInt8>, _ theme: UInt16) {
            if let first = word.first, word.count >= 3, word.count < 32 { lengths[Int(first)] |= 1 << UInt32(word.count) }
            let hash = WordFacts.hash(word)
            var place = Int(truncatingIfNeeded: hash >> 20) & (Self.count - 1)
            while hashes[place] != 0, hashes[place] != hash { place = (place &+ 1) & (Self.count - 1) }
            hashes[place] = hash
            themes[place] |= theme
        }

        func find(_ hash: UInt64) -> (place: Int, themes: UInt16)? {
            var place = Int(truncatingIfNeeded: hash >> 20) & (Self.count - 1)
            while hashes[place] != 0 {
                if hashes[place] == hash { return (place, themes[place]) }
                place = (place &+ 1) & (Self.count - 1)
            }
            return nil
        }
    }

    /// There are far fewer words than slots.
    private static let themes: Slots = {
        var slots = Slots()
        for (theme, words) in words { for word in words { slots.add(word.utf8, 1 << UInt16(theme.rawValue)) } }
        return slots
    }()

    /// The words of each theme as texts have them once they are folded: without accents, and parted at hyphens.
    package static let words: [(theme: Theme, words: [String])] = lists.map { theme, words in (theme, FoldedText(words).text.split { $0 == " " || $0 == "-" }.map(String.init)) }

    private static let lists: [(Theme, String)] = [
        (.fortune, "million millions beneficiary inheritance deceased barrister diplomat diplomatic consignment compensation transfer fund funds deposited kin confidential confidentiality foreigner widow heir donate donation trustworthy utmost percentage nigeria benin overseas lawyer attorney auditor contractor sincere"),
        (.account, "account verify verification suspended suspend suspension locked restricted limited deactivated deactivation unusual unauthorized expire expires expired quota mailbox validate reactivate login signin webmail credentials storage upgrade konto gesperrt überprüfen bestätigen suspendido verificar compte suspendu conta"),
        (.threat, "bitcoin btc webcam recorded masturbating masturbation malware trojan hacked hacker video contacts intimate pornographic porn adult embarrassment transfer wallet explosive bomb device delete evidence"),
        (.medicine, "viagra cialis levitra xanax valium ambien phentermine tramadol hydrocodone vicodin pharmacy pharmacies prescription prescriptions pills meds medications erectile dysfunction erection enlargement hoodia soma propecia tadalafil sildenafil"),
        (.prize, "lottery winner winners winning winnings prize jackpot ballot promo promotion claim claims draw lucky congratulations reward sweepstakes gift selected"),
        (.loan, "mortgage refinance loan loans lender lenders approved debt credit rates homeowner consolidate consolidation financing"),
        (.shares, "stock stocks shares symbol otc pinksheets trading investors price target traded alert buy strong breakout ticker"),
        (.password, "password passwort passcode passphrase пароль senha contraseña contrasena clave kennwort wachtwoord hasło passe pin pwd"),
        (.offer, "free guarantee guaranteed discount offer order click cheap lowest save unlimited bonus exclusive instantly risk cash earn income special limited deal bargain satisfaction"),
        (.parcel, "parcel package shipment delivery deliver courier tracking customs paket zustellung sendung colis livraison paquete envío envio entrega warehouse redelivery reschedule"),
        (.bill, "invoice payment subscription renewal renewed charged refund cancel billing helpline toll customer rechnung factura facture boleto remittance overdue"),
    ]
}

/// How a text is written: in capitals, with exclamations.
struct CaseFacts {
    private(set) var letters = 0, capitals = 0, longestExclamations = 0

    /// - Parameter most: octets that are looked at.
    mutating func take(_ text: String, most: Int) {
        var text = text
        text.withUTF8 { octets in
            let octets = unsafe UnsafeBufferPointer(rebasing: octets.prefix(most))
            var exclamations = 0, at = 0
            // Counted in octets, until those are full: so many are counted at once.
            while at < octets.count {
                let end = min(at &+ 255, octets.count)
                var small: UInt8 = 0, large: UInt8 = 0, marks: UInt8 = 0
                while at < end {
                    let octet = unsafe octets[at]
                    small &+= (octet | 32) &- 97 < 26 ? 1 : 0
                    large &+= octet &- 65 < 26 ? 1 : 0
                    marks &+= octet == 33 ? 1 : 0
                    at &+= 1
                }
                letters &+= Int(small)
                capitals &+= Int(large)
                exclamations &+= Int(marks)
            }
            guard exclamations > longestExclamations else { return }
            var row = 0
            for unsafe octet in unsafe octets {
                row = octet == 33 ? row &+ 1 : 0
                longestExclamations = max(longestExclamations, row)
            }
        }
    }
}
