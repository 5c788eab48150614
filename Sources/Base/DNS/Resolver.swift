/// The port to the DNS: one question in, one answer out by the deadline.
///
/// An implementation follows CNAME and DNAME chains (RFC 1034 §3.6.2), merges equal questions under way, and never throws:
/// everything that went wrong is `.trouble` with its reason.
package protocol Resolver: Sendable {
    /// Asks for the records of one type at one name.
    /// - Parameters:
    ///   - name: the owner asked for.
    ///   - type: the type of the records wanted.
    ///   - deadline: the answer is here by then, whatever the network does.
    /// - Returns: the records, or that there are none, or why that could not be known.
    func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer

    /// What `answer` would say at once, without waiting and without asking anyone: a fresh answer from a cache.
    /// - Returns: nil when nothing is at hand; never trouble.
    func cachedAnswer(_ name: DomainName, _ type: RecordType) -> DNSAnswer?
}

extension Resolver {
    package func cachedAnswer(_ name: DomainName, _ type: RecordType) -> DNSAnswer? { nil }
}

/// The types of record that checks ask for (IANA "Resource Record TYPEs").
package enum RecordType: UInt16, Sendable, Hashable, Codable, CaseIterable {
    case a = 1, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52
}

/// One record's data, without owner, class and TTL.
package enum RecordData: Sendable, Hashable {
    /// A or AAAA.
    case address(IPAddress)
    /// PTR or CNAME.
    case name(DomainName)
    /// Preference 0…65535, and the exchange; the root for a null MX (RFC 7505).
    case exchange(UInt16, DomainName)
    /// The character-strings of one TXT record joined without anything between them (RFC 7208 §3.3).
    case text([UInt8])
    /// RFC 6698 §2.1.
    case tlsa(usage: UInt8, selector: UInt8, matching: UInt8, data: [UInt8])
}

/// What validation said of an answer (RFC 4033 §5).
package enum DNSSECStatus: String, Sendable, Hashable, Codable {
    case secure, insecure, indeterminate
}

/// What the DNS said. The first three cases are answers; only `.trouble` means that nothing is known.
package enum DNSAnswer: Sendable, Equatable {
    /// At least one record.
    case records([RecordData], DNSSECStatus)
    /// The name exists, but not with this type (RFC 2308 §2.2).
    case noData(DNSSECStatus)
    /// The name does not exist (RFC 2308 §2.1).
    case nameError(DNSSECStatus)
    /// Could not be known; a temperror wherever it matters.
    case trouble(DNSTrouble)
}

/// Why a question has no answer.
package enum DNSTrouble: Sendable, Hashable {
    /// The deadline passed.
    case timeout
    /// The resolver said so (RFC 1035 §4.1.1), by its RCODE: 1 FORMERR, 2 SERVFAIL, 4 NOTIMP, 5 REFUSED.
    case responseCode(Int)
    /// DNSSEC validation failed (RFC 4035 §5.5).
    case bogus(String)
    /// The question could not be asked: out of memory, no resolver, too many questions under way.
    case local(String)
}

extension DNSTrouble: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timeout: return "no answer by the deadline"
        case .responseCode(let code): return ([1: "FORMERR", 2: "SERVFAIL", 4: "NOTIMP", 5: "REFUSED"] as [Int: String])[code] ?? "RCODE \(code)"
        case .bogus(let why): return "DNSSEC validation failed: \(why)"
        case .local(let why): return why
        }
    }
}

/// An answer read for one kind of record.
package enum Found<Value: Sendable>: Sendable {
    /// At least one value.
    case some([Value])
    /// `nameError` is true when not even the name exists: a "void" answer either way (RFC 7208 §4.6.4).
    case none(nameError: Bool)
    case trouble(DNSTrouble)
}

extension Found: Equatable where Value: Equatable {}

extension DNSAnswer {
    /// Keeps the records that `pick` reads; an answer whose records all fall away counts as "no data".
    package func found<Value: Sendable>(_ pick: (RecordData) -> Value?) -> Found<Value> {
        switch self {
        case .records(let records, _):
            let values = records.compactMap(pick)
            return values.isEmpty ? .none(nameError: false) : .some(values)
        case .noData: return .none(nameError: false)
        case .nameError: return .none(nameError: true)
        case .trouble(let trouble): return .trouble(trouble)
        }
    }
}

extension Resolver {
    /// The A records of a name, or its AAAA records.
    package func addresses(of name: DomainName, v4: Bool, by deadline: ContinuousClock.Instant) async -> Found<IPAddress> {
        await answer(name, v4 ? .a : .aaaa, by: deadline).found { if case .address(let address) = $0 { address } else { nil } }
    }

    /// The names that an address's PTR records give.
    package func names(of address: IPAddress, by deadline: ContinuousClock.Instant) async -> Found<DomainName> {
        await answer(address.reverseName, .ptr, by: deadline).found { if case .name(let name) = $0 { name } else { nil } }
    }

    /// The TXT records of a name, each with its strings joined.
    package func texts(at name: DomainName, by deadline: ContinuousClock.Instant) async -> Found<[UInt8]> {
        await answer(name, .txt, by: deadline).found { if case .text(let text) = $0 { text } else { nil } }
    }

    /// The mail exchanges of a name by preference, lowest first.
    package func exchanges(of name: DomainName, by deadline: ContinuousClock.Instant) async -> Found<(preference: UInt16, host: DomainName)> {
        let found = await answer(name, .mx, by: deadline).found { (record) -> (preference: UInt16, host: DomainName)? in
            if case .exchange(let preference, let host) = record { (preference, host) } else { nil }
        }
        guard case .some(let list) = found else { return found }
        return .some(list.sorted { $0.preference < $1.preference })
    }
}
