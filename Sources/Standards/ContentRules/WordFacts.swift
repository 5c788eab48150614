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
    package private(set) var words = 0
    /// The longest row of single letters with something between: `v i a g r a`.
    package private(set) var longestGaps = 0
    private var seen = [Bool](repeating: false, count: Slots.count)

    package init() {}

    /// Different words of the theme that were taken.
    package func count(_ theme: Theme) -> Int { counts[theme.rawValue] }

    /// Takes the words of a text, those of 3 to 31 octets.
    /// - Parameter text: folded.
    package mutating func take(_ text: [UInt8]) { unsafe text.withUnsafeBufferPointer { unsafe take($0) } }

    // Unsafe and sound: no octet is read beyond the count of the text.
    private mutating func take(_ text: UnsafeBufferPointer<UInt8>) {
        // Where words begin and end is told of 64 octets at once.
        var at = 0, isInWord = false, carried: UInt64 = 0, start = 0, last = 0, row = 0
        while at < text.count {
            let marks = unsafe OctetMarks.ofWords(text, at)
            var changes = marks ^ (marks << 1 | carried)
            carried = marks >> 63
            while changes != 0 {
                let place = at &+ changes.trailingZeroBitCount
                changes &= changes &- 1
                isInWord.toggle()
                if isInWord { start = place; continue }
                unsafe find(text, start..<place)
                // What the text ends with is no word between others.
                if place == text.count { return }
                if place &- start == 1 {
                    // Digits and line ends make no word of letters that stand apart.
                    let isNear = unsafe start &- last == 1 && text[last] != 10 && text[last] &- 48 >= 10
                    row = row == 0 || isNear ? row &+ 1 : 1
                    longestGaps = max(longestGaps, row)
                } else {
                    row = 0
                }
                words &+= 1
                last = place
            }
            at &+= 64
        }
        if isInWord { unsafe find(text, start..<text.count) }
    }

    /// Looks a word up. Most have another length than those of a theme with their first letter.
    @inline(__always)
    private mutating func find(_ text: UnsafeBufferPointer<UInt8>, _ word: Range<Int>) {
        guard word.count < 32, unsafe Self.themes.lengths[Int(text[word.lowerBound])] >> UInt32(truncatingIfNeeded: word.count) & 1 != 0 else { return }
        unsafe take(Self.hash(text[word]))
    }

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

/// Tells octets apart, 64 at once.
private enum OctetMarks {
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// A bit for each of 64 octets, the lowest for the first: whether it is of a word, a small letter or beyond ASCII. There are none beyond the end.
    @inline(__always)
    static func ofWords(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt64 {
        let octets = UnsafeRawBufferPointer(text), end = min(start &+ 64, octets.count)
        var marks: UInt64 = 0, at = start
        while at &+ 8 <= end {
            marks |= unsafe ofWords(octets.loadUnaligned(fromByteOffset: at, as: UInt64.self).littleEndian) << UInt64(truncatingIfNeeded: at &- start)
            at &+= 8
        }
        while at < end {
            let octet = unsafe octets[at]
            if octet >= 0x80 || octet &- 97 < 26 { marks |= 1 << UInt64(truncatingIfNeeded: at &- start) }
            at &+= 1
        }
        return marks
    }

    /// The same of eight octets in the lowest bits.
    @inline(__always)
    private static func ofWords(_ octets: UInt64) -> UInt64 {
        let low = octets & (ones &* 127)
        // The high bit of each octet that is `a` or above, and not above `z`; or is beyond ASCII.
        let high = ((low &+ (ones &* (128 - 97))) & ~(low &+ (ones &* (127 - 122))) | octets) >> 7 & ones
        return (high &* 0x0102_0408_1020_4080) >> 56
    }
}

/// How a text is written: in capitals, with exclamations.
package struct CaseFacts {
    package private(set) var letters = 0, capitals = 0, longestExclamations = 0

    package init() {}

    /// - Parameter most: octets that are looked at.
    package mutating func take(_ text: String, most: Int) {
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
