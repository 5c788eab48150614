import DMARC
import Mail
import TestSupport
import Testing

/// Of how many messages of the corpora it is told that their authors are hidden or cannot be read.
@Suite(Suites.needed()) struct DMARCCorpusTests {
    /// Honest mail has none. Of the spam some has an encoded mailbox for a local part; of the phishing, marks in the domain.
    static let doubted = [
        ("hawkyvan-enronspam-2004-2007", 0), ("list-man-2019-2023", 0), ("list-openbmc-2019-2023", 0), ("list-usrp-2019-2023", 0), ("sa-easy_ham", 0), ("sa-hard_ham", 0), ("trec07p/ham", 0), ("trec07p-ru", 0),
        ("peer", 0), ("dkim", 0), ("arc", 0), ("authres", 0), ("sa-spam", 4), ("trec07p/spam", 0), ("phishing_pot-2019-2024", 107),
    ]

    @Test("Corpora", .longWork, arguments: doubted) func authors(_ folder: String, _ count: Int) throws {
        var told: [String] = []
        for path in try Suites.files(folder) {
            let message = Message(octets: try Suites.octets(path)), authors = DMARCAuthors(message)
            if authors.hidden != nil || authors.unreadable != nil { told.append(path) }
            #expect(message.strangeAuthenticationResults(claiming: "mx.example.org") == 0 && message.header.authenticationResultsPlaces(claiming: "mx.example.org").isEmpty, "\(path)")
        }
        #expect(told.count == count, "\(told.prefix(200))")
    }
}
