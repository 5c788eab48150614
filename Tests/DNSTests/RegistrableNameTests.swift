import DNS
import Testing

@Suite struct RegistrableNameTests {
    static let rows: [(name: String, host: String, part: String)] = [
        ("two labels", "example.com", "example.com"), ("three labels", "www.example.com", "example.com"), ("one label", "localhost", "localhost"), ("nothing", "", ""),
        ("sorted below a country", "www.example.co.uk", "example.co.uk"), ("nothing before it", "co.uk", "co.uk"), ("no word of registries", "www.example.de", "example.de"),
        ("a long top label", "a.co.museum", "co.museum"), ("a dot behind it", "www.example.com.", "example.com."), ("an address", "192.0.2.1", "192.0.2.1"),
        ("an address in brackets", "[192.0.2.1]", "[192.0.2.1]"),
    ]

    @Test(arguments: rows) func registrablePart(_ row: (name: String, host: String, part: String)) {
        let host = Array(row.host.utf8)
        #expect(String(decoding: host[RegistrableName.start(in: host[...])...], as: UTF8.self) == row.part, "\(row.name)")
    }
}
