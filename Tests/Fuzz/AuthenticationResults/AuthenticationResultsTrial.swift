import Mail

/// What must hold for the reading of any octets as Authentication-Results, and for the writing of any words as such.
struct AuthenticationResultsTrial {
    let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    func run() {
        for isARC in [false, true] {
            do throws(AuthenticationResultsError) {
                check(try AuthenticationResults(octets[...], isARC: isARC), isARC: isARC)
            } catch {
                precondition(error.description.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && error.description.utf8.count < 300, "an error that cannot be shown")
            }
        }
        write()
        claims()
    }

    /// What was read is written as what reads the same, on one line and on several.
    private func check(_ results: AuthenticationResults, isARC: Bool) {
        let text = results.text, unfolded = text.unfolded, folded = text.folded(name: "Authentication-Results")
        precondition(unfolded.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }, "a line ends where it must not")
        precondition((try? AuthenticationResults(unfolded, isARC: isARC)) == results, "\(unfolded)")
        precondition((try? AuthenticationResults(folded, isARC: isARC)) == results, "\(folded)")
        var isAfterCR = false, length = 0
        for octet in folded.utf8 {
            precondition(isAfterCR == (octet == 10) && (octet >= 0x20 || octet == 9 || octet == 10 || octet == 13) && octet != 0x7f, "a line ends where it must not")
            isAfterCR = octet == 13
            length = octet == 10 ? 0 : length + 1
            precondition(length <= 998 - 26, "a line is too long")
        }
        // A field of its own: it begins there and ends there.
        let header = HeaderSection(octets: Array("Authentication-Results: \(folded)\r\nSubject: s\r\n\r\n".utf8))
        precondition(header.fields.count == 2 && header.fields[1].name == "Subject")
        precondition(isARC || (try? AuthenticationResults(header.fields[0].rawValue)) == results)
        precondition(isARC || header.authenticationResultsPlaces(claiming: results.authservID) == [1], "a field is not known for ours: \(folded)")
    }

    /// The octets as words in every place where a caller may put text of others: six results of six properties, which fill a field where words are long.
    private func write() {
        let words = octets.split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
        func word(_ place: Int) -> String { words[place % words.count] }
        let results = words.indices.prefix(6).map { place in
            AuthenticationResult(method: word(place), methodVersion: place % 3 == 0 ? place : nil, result: word(place + 1), comment: word(place + 2),
                                 reason: place % 2 == 0 ? word(place + 3) : nil, properties: words.indices.prefix(6).map {
                AuthenticationProperty(word(place + $0), word(place + $0 + 1), word(place + $0 + 2))
            })
        }
        for instance in [nil, 7] { check(AuthenticationResults(instance: instance, authservID: word(0), version: octets.count % 4 == 0 ? 1 : nil, results: results), isARC: instance != nil) }
    }

    private func claims() {
        let header = HeaderSection(octets: Array("Authentication-Results:".utf8) + octets.filter { $0 != 10 && $0 != 13 } + Array("\r\n\r\n".utf8))
        guard let field = header.fields.first else { return }
        if let results = try? AuthenticationResults(field.rawValue) {
            precondition(header.authenticationResultsPlaces(claiming: results.authservID) == [1], "a field that is ours is not known for it: \(field.value)")
            precondition(header.authenticationResults(trusted: [results.authservID]).count == (results.isKnownVersion ? 1 : 0))
        }
        precondition(header.authenticationResultsPlaces(claiming: "mx.example.org").count <= 1)
    }
}
