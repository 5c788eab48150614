import Mail
import TestSupport
import Testing

/// Fields that other hosts wrote, and the strings of other readers' tests.
@Suite(Suites.needed()) struct AuthenticationResultsSuiteTests {
    /// One field: whose, where it was found, its value.
    struct Field { let name: String, origin: String, value: String }

    static func lines(_ path: String) throws -> [[Substring]] {
        String(decoding: try Suites.octets(path), as: UTF8.self).split(separator: "\n").dropFirst().map { $0.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false) }
    }

    static func unescaped(_ value: Substring) -> String { String(value.replacing("\\n", with: "\r\n").replacing("\\t", with: "\t")) }

    /// Reads the field, and what was read again as it is written.
    /// - Returns: the kind of the fault; nil when there is none.
    static func fault(_ value: String, isARC: Bool) throws -> String? {
        AuthenticationResultsTrial(Array(value.utf8)).run()
        do throws(AuthenticationResultsError) {
            let results = try AuthenticationResults(value, isARC: isARC)
            #expect(try AuthenticationResults(results.text.folded(name: "Authentication-Results"), isARC: isARC) == results)
            return nil
        } catch {
            return String(error.description.split(separator: ":")[0])
        }
    }

    @Test("Fields of the wild", .longWork) func realWorld() throws {
        var read = [0, 0], count = [0, 0], faults: [String: Int] = [:], examples: [String: String] = [:]
        for columns in try Self.lines("authres/real-world-authres.tsv") where columns.count == 3 && columns[0].lowercased() != "received-spf" {
            let isARC = columns[0].lowercased().hasPrefix("arc-"), value = Self.unescaped(columns[2])
            count[isARC ? 1 : 0] += 1
            guard let fault = try Self.fault(value, isARC: isARC) else { read[isARC ? 1 : 0] += 1; continue }
            faults[fault, default: 0] += 1
            examples[fault] = value
        }
        print("Authentication-Results of the wild: \(read[0]) of \(count[0]) read; ARC-Authentication-Results: \(read[1]) of \(count[1])")
        for (fault, number) in faults.sorted(by: { $0.key < $1.key }) { print("    \(number): \(fault): \(examples[fault]?.prefix(200) ?? "")") }
        #expect(count == [2109, 386])
    }

    @Test("Strings of authres and Mail::AuthenticationResults") func unitStrings() throws {
        var read = 0, count = 0
        for columns in try Self.lines("authres/unit-strings.tsv") where columns.count == 2 {
            let value = Self.unescaped(columns[1]), colon = value.lowercased().hasPrefix("authentication-results:") ? value.dropFirst(23) : value[...]
            count += 1
            guard let fault = try Self.fault(String(colon), isARC: false) else { read += 1; continue }
            print("    \(columns[0]): \(fault): \(columns[1].prefix(120))")
        }
        print("unit strings: \(read) of \(count) read")
        #expect(count == 67)
    }

    @Test("Messages of authentication_milter") func milter() throws {
        var files = 0, fields = 0, read = 0, methods: [String: Int] = [:]
        for path in try Suites.files("authres/authentication_milter/data") where path.hasSuffix(".eml") {
            files += 1
            // SMTP commands stand before some of the messages, so the fields are found by their lines.
            let lines = String(decoding: try Suites.octets(path), as: UTF8.self).split(omittingEmptySubsequences: false) { $0.isNewline }
            for (place, line) in lines.enumerated() {
                let name = line.prefix { $0 != ":" }.lowercased()
                guard name == "authentication-results" || name == "x-received-authentication-results" else { continue }
                let value = ([line.dropFirst(name.utf8.count + 1)] + lines[(place + 1)...].prefix { $0.first == " " || $0.first == "\t" }).joined(separator: "\r\n")
                fields += 1
                guard let fault = try Self.fault(value, isARC: false) else {
                    read += 1
                    for result in try AuthenticationResults(value).results { methods[result.method, default: 0] += 1 }
                    continue
                }
                print("    \(path): \(fault): \(value.prefix(160))")
            }
        }
        print("authentication_milter: \(files) messages, \(read) of \(fields) fields read; \(methods.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(files == 88 && fields == 110)
    }
}
