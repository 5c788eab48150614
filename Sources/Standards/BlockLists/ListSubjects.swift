package import DNS

/// All that lists are asked about for one message.
package struct ListSubjects: Sendable, Equatable {
    package var client: IPAddress?
    /// An authenticated user's address is asked about as `auth` alone; the hops, the HELO and the name of such a client are
    /// those of a home or an office, and are not asked about.
    package var isAuthenticated: Bool
    /// The addresses of the Received fields, newest first.
    package var received: [IPAddress]
    /// The domain and the address of MAIL FROM.
    package var sender: DomainName?
    package var senderAddress: String?
    /// The domains and the addresses of the From field.
    package var authors: [DomainName]
    package var authorAddresses: [String]
    package var helo: DomainName?
    /// The confirmed names of the client address.
    package var ptr: [DomainName]
    /// The hosts of links, in the order of the text.
    package var urls: [DomainName]
    package var urlAddresses: [IPAddress]

    package init(client: IPAddress? = nil, isAuthenticated: Bool = false, received: [IPAddress] = [], sender: DomainName? = nil,
                 senderAddress: String? = nil, authors: [DomainName] = [], authorAddresses: [String] = [], helo: DomainName? = nil,
                 ptr: [DomainName] = [], urls: [DomainName] = [], urlAddresses: [IPAddress] = []) {
        self.client = client
        self.isAuthenticated = isAuthenticated
        self.received = received
        self.sender = sender
        self.senderAddress = senderAddress
        self.authors = authors
        self.authorAddresses = authorAddresses
        self.helo = helo
        self.ptr = ptr
        self.urls = urls
        self.urlAddresses = urlAddresses
    }
}

/// One address or domain, with every place where it stood.
struct ListSubject: Sendable {
    enum Value: Hashable, Sendable {
        case address(IPAddress)
        case domain(DomainName)
    }

    let value: Value
    var kinds: SubjectKinds
    /// The labels to ask with: the reversed address, or the domain.
    let labels: String

    var text: String {
        switch value {
        case .address(let address): return address.description
        case .domain(let name): return name.text
        }
    }
}

/// The subjects of one message, each once, within the limits.
struct SubjectPlan: Sendable {
    private(set) var subjects: [ListSubject] = []
    /// Subjects beyond the limits.
    private(set) var leftOut = 0
    private var places: [ListSubject.Value: Int] = [:]
    private var domains = 0, addresses = 0
    private let limits: ListLimits

    init(_ given: ListSubjects, limits: ListLimits) {
        self.limits = limits
        let isOpen = !given.isAuthenticated
        if let client = given.client { add(client, isOpen ? .client : .auth) }
        if let sender = given.sender { add(sender, .sender) }
        for author in given.authors { add(author, .author) }
        if isOpen {
            if let helo = given.helo { add(helo, .helo) }
            for name in given.ptr { add(name, .ptr) }
            for address in given.received { add(address, .received) }
        }
        for host in given.urls { add(host, .url) }
        for address in given.urlAddresses { add(address, .url) }
    }

    private mutating func add(_ address: IPAddress, _ kinds: SubjectKinds) {
        let address = address.unmapped
        if let place = places[.address(address)] { subjects[place].kinds.formUnion(kinds); return }
        guard !limits.unaskedAddresses.contains(address) else { return }
        guard addresses < limits.addresses else { leftOut += 1; return }
        addresses += 1
        append(.address(address), kinds, address.reversedLabels)
    }

    private mutating func add(_ name: DomainName, _ kinds: SubjectKinds) {
        if let place = places[.domain(name)] { subjects[place].kinds.formUnion(kinds); return }
        guard isPublic(name) else { return }
        guard domains < limits.domains else { leftOut += 1; return }
        domains += 1
        append(.domain(name), kinds, name.text)
    }

    private mutating func append(_ value: ListSubject.Value, _ kinds: SubjectKinds, _ labels: String) {
        places[value] = subjects.count
        subjects.append(ListSubject(value: value, kinds: kinds, labels: labels))
    }

    /// Whether the name can be on a list: letters, digits, hyphens and underscores, two labels at least, the last not a number
    /// (so no address in disguise), and not below a top name that is never asked about.
    private func isPublic(_ name: DomainName) -> Bool {
        var labels = 1, start = 0, at = 0, isNumber = true
        for octet in name.text.utf8 {
            at += 1
            switch octet {
            case 46: labels += 1; start = at; isNumber = true
            case 48...57: break
            case 97...122, 45, 95: isNumber = false
            default: return false
            }
        }
        guard labels >= 2, !isNumber else { return false }
        return !limits.unaskedTopNames.contains(String(name.text.utf8.dropFirst(start)) ?? "")
    }
}
