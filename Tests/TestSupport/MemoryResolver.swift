package import DNS
import Synchronization

/// The in-memory twin of the DNS: answers from what a test wrote down, and counts what was asked.
package final class MemoryResolver: Resolver {
    package struct Question: Hashable, Sendable {
        package let name: DomainName
        package let type: RecordType
    }

    private struct State {
        var records: [Question: [RecordData]] = [:]
        var trouble: [Question: DNSTrouble] = [:]
        var names: Set<DomainName> = []
        var asked: [Question] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Adds a record; a CNAME is followed for every other type.
    package func add(_ name: String, _ type: RecordType, _ data: RecordData) {
        guard let owner = DomainName(name) else { preconditionFailure("not a domain name: \(name)") }
        state.withLock { state in
            state.records[Question(name: owner, type: type), default: []].append(data)
            var at: DomainName? = owner
            while let name = at { state.names.insert(name); at = name.parent }
        }
    }

    package func a(_ name: String, _ address: String) {
        guard let address = IPAddress(address) else { preconditionFailure("not an address: \(address)") }
        add(name, address.isV4 ? .a : .aaaa, .address(address))
    }

    package func txt(_ name: String, _ text: String) { add(name, .txt, .text(Array(text.utf8))) }

    package func mx(_ name: String, _ preference: UInt16, _ host: String) {
        guard let host = DomainName(host) else { preconditionFailure("not a domain name: \(host)") }
        add(name, .mx, .exchange(preference, host))
    }

    package func ptr(_ address: String, _ host: String) {
        guard let address = IPAddress(address), let host = DomainName(host) else { preconditionFailure("not a PTR: \(address) \(host)") }
        add(address.reverseName.text, .ptr, .name(host))
    }

    /// Makes a question end in trouble; with `type` nil, every question about the name.
    package func fail(_ name: String, _ type: RecordType? = nil, _ trouble: DNSTrouble = .timeout) {
        guard let owner = DomainName(name) else { preconditionFailure("not a domain name: \(name)") }
        state.withLock { state in
            for each in type.map({ [$0] }) ?? RecordType.allCases { state.trouble[Question(name: owner, type: each)] = trouble }
        }
    }

    /// Every question so far, in order.
    package var asked: [Question] { state.withLock { $0.asked } }

    package func answer(_ name: DomainName, _ type: RecordType, by deadline: ContinuousClock.Instant) async -> DNSAnswer {
        state.withLock { state in
            state.asked.append(Question(name: name, type: type))
            var name = name
            for _ in 0..<12 {
                if let trouble = state.trouble[Question(name: name, type: type)] { return .trouble(trouble) }
                if let found = state.records[Question(name: name, type: type)] { return .records(found, .insecure) }
                guard type != .cname, case .name(let target)? = state.records[Question(name: name, type: .cname)]?.first else { break }
                name = target
            }
            return state.names.contains(name) ? .noData(.insecure) : .nameError(.insecure)
        }
    }
}
